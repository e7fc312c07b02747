import { newRequestId } from '@latchstring/kit/request-id'
import { Failure } from '@latchstring/protocol'
import { failureBody, failureHeaders } from '@latchstring/protocol/decide/failure-body'
import type { Base } from '../base/base.ts'
import type { Caller } from '../base/caller.ts'
import { asFailure } from '../base/storage-failures.ts'
import { currentPolicy } from './service.ts'

/**
 * `GET /managed/settings`, as stock agents ask for it at each start and every hour: `{uuid, checksum, settings}` with an
 * ETag of the checksum, 304 where nothing changed, 404 where nothing is published (recorded: both are fine for them).
 *
 * @param authenticate the caller of an access token or key; throws `Failure` for a dead one, null for none
 */
export async function answerManagedSettings(
  base: Base,
  request: Request,
  authenticate: () => Promise<Caller | null>,
): Promise<Response> {
  const requestId = newRequestId()
  try {
    const caller = await authenticate()
    if (caller === null || caller.means.kind === 'web') throw new Failure('credential_missing')
    const policy = await currentPolicy(base, caller.organization.id)
    if (policy === undefined) throw new Failure('not_found', { message: 'no policy matched' })
    const etag = `"${policy.checksum}"`
    const headers = { etag, 'request-id': requestId, 'cache-control': 'private, no-cache' }
    const known = request.headers
      .get('if-none-match')
      ?.split(',')
      .map(tag => tag.trim().replace(/^W\//, ''))
    if (known?.includes(etag)) return new Response(null, { status: 304, headers })
    const { uuid, checksum, settings } = policy
    return Response.json({ uuid, checksum, settings }, { headers })
  } catch (thrown) {
    const error = asFailure(thrown)
    const failure = error instanceof Failure ? error : new Failure('internal', { cause: error })
    if (failure.status >= 500) base.log.error({ requestId, error: failure.cause }, 'managed settings')
    return new Response(JSON.stringify(failureBody(failure, requestId)), {
      status: failure.status,
      headers: failureHeaders(failure, requestId),
    })
  }
}
