import { Failure } from '@latchstring/protocol'
import { agentScope } from '@latchstring/protocol/base/names'
import { authorize } from '@latchstring/protocol/decide/authorize'
import { actorOf, change } from '../audit/service.ts'
import type { Base } from '../base/base.ts'
import type { Caller, Origin } from '../base/caller.ts'
import type { Rate } from '../base/throttle.ts'
import { addressBlock, giveBack, throttle } from '../base/throttle.ts'
import { userCodeHash } from './adapter.ts'
import { readAskedFrom, startGrant } from './grants.ts'
import type { ArtifactRow } from './queries.ts'
import { claimDevice, selectOpenDevice, updateArtifact } from './queries.ts'

/** A user code has 34 bits and lives ten minutes; at this rate nobody hits one (RFC 8628 §5.1). */
const guessRate: Rate = { burst: 10, everySeconds: 60 }

/**
 * Lets somebody try a user code. A try counts against the person and against their network until it proves right, so
 * that an office where everybody signs in on one morning is not held up.
 *
 * @throws Failure `user_code_unknown`, `rate_limited`
 */
async function guess<T>(
  base: Base,
  caller: Caller,
  origin: Origin,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const buckets = [`user-code/${caller.person.id}`, `user-code/${addressBlock(origin.address)}`]
  for (const bucket of buckets) await throttle(base, bucket, guessRate)
  const found = await look()
  if (found === undefined) throw new Failure('user_code_unknown')
  for (const bucket of buckets) await giveBack(base, bucket)
  return found
}

/** The open request that shows this code. */
export const findDevice = (
  base: Base,
  caller: Caller,
  origin: Origin,
  userCode: string,
): Promise<ArtifactRow> =>
  guess(base, caller, origin, () =>
    selectOpenDevice(base.database.handle(), userCodeHash(base, userCode), base.now()),
  )

/**
 * Approves or refuses the program that shows this code. The code is claimed by one statement: of two decisions at once
 * one counts. Approving gives a new grant; the program collects it at its next poll.
 *
 * @throws Failure `user_code_unknown`, `rate_limited`, `permission_denied`
 */
export async function decideDevice(
  base: Base,
  caller: Caller,
  origin: Origin,
  given: { userCode: string; approve: boolean },
): Promise<void> {
  const refusal = authorize(caller.role, caller.means, 'agents:connect')
  if (refusal !== undefined) throw new Failure(refusal)
  await guess(base, caller, origin, () =>
    base.database.transaction(async handle => {
      const row = await claimDevice(handle, userCodeHash(base, given.userCode), base.now())
      if (row !== undefined) await decide(base, caller, origin, row, given.approve)
      return row
    }),
  )
}

async function decide(
  base: Base,
  caller: Caller,
  origin: Origin,
  row: ArtifactRow,
  approve: boolean,
): Promise<void> {
  const actor = actorOf(caller, origin)
  const payload = JSON.parse(row.payload) as { clientId: string }
  const asked = readAskedFrom(row.asked_from)
  const event = approve ? 'oauth.device_approved' : 'oauth.device_denied'
  await change(base, actor, event, async (handle, line) => {
    line.details({ client: payload.clientId, address: asked.address, user_agent: asked.userAgent })
    if (!approve) {
      const denied = { ...payload, error: 'access_denied', errorDescription: 'refused in the browser' }
      await updateArtifact(handle, row.id, { payload: JSON.stringify(denied) })
      return
    }
    const { clientId } = payload
    const { grantId, sessionId } = await startGrant(base, actor, caller, {
      clientId,
      method: 'device',
      asked,
    })
    line.target('session', sessionId)
    const approved = {
      ...payload,
      accountId: caller.person.id,
      grantId,
      authTime: Math.floor((caller.session?.authenticatedAt ?? base.now()) / 1000),
      scope: agentScope,
      resource: base.settings.url,
    }
    await updateArtifact(handle, row.id, { payload: JSON.stringify(approved), grant_id: grantId })
  })
}
