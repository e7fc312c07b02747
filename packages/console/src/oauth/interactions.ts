import { Failure } from '@latchstring/protocol'
import { authorize } from '@latchstring/protocol/decide/authorize'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { actorOf, change } from '../audit/service.ts'
import type { Base } from '../base/base.ts'
import type { Caller, Origin } from '../base/caller.ts'
import { cookieReader } from '../base/cookies.ts'
import { findByCookie } from '../sessions/service.ts'
import { artifactId } from './adapter.ts'
import type { AskedFrom, Context } from './asking.ts'
import { OauthRefusal } from './asking.ts'
import { readAskedFrom, startGrant } from './grants.ts'
import { paths } from './provider-options.ts'
import type { ArtifactRow } from './queries.ts'
import { consumeArtifact, selectArtifact, updateArtifact } from './queries.ts'

/** A browser's request to sign a program in, which waits for its person's decision. */
export type InteractionPayload = {
  iat: number
  params: { client_id: string; redirect_uri: string }
  result?: { consent?: { approvedBy?: string } }
}

/** Notes who asks, where the library has just begun an interaction. */
export async function noteInteraction(base: Base, ctx: Context, from: AskedFrom): Promise<void> {
  const uid = (ctx as Partial<KoaContextWithOIDC>).oidc?.entities.Interaction?.uid
  if (uid === undefined) return
  await base.database.transaction(handle =>
    updateArtifact(handle, artifactId('Interaction', uid), {
      asked_from: JSON.stringify({ address: from.address, userAgent: from.userAgent }),
    }),
  )
}

/** @throws Failure `interaction_gone` */
export async function findInteraction(base: Base, uid: string): Promise<ArtifactRow> {
  const row = await selectArtifact(base.database.handle(), 'Interaction', artifactId('Interaction', uid))
  if (row === undefined || row.consumed_at !== null || (row.expires_at ?? 0) <= base.now())
    throw new Failure('interaction_gone')
  return row
}

/**
 * Lets the asking program in, or refuses it, and says where the browser goes next: back to the library, which sends it on
 * to the program with a code or with the refusal.
 *
 * @throws Failure `interaction_gone`, `permission_denied`
 */
export async function decideInteraction(
  base: Base,
  caller: Caller,
  origin: Origin,
  given: { uid: string; approve: boolean },
): Promise<string> {
  const refusal = authorize(caller.role, caller.means, 'agents:connect')
  if (refusal !== undefined) throw new Failure(refusal)
  await base.database.transaction(async handle => {
    const row = await findInteraction(base, given.uid)
    if (!(await consumeArtifact(handle, 'Interaction', row.id, base.now())))
      throw new Failure('interaction_gone')
    await decide(base, caller, origin, row, given.approve)
  })
  return `${base.settings.url}${paths.authorization}/${given.uid}`
}

async function decide(base: Base, caller: Caller, origin: Origin, row: ArtifactRow, approve: boolean) {
  const actor = actorOf(caller, origin)
  const payload = JSON.parse(row.payload) as InteractionPayload
  const clientId = payload.params.client_id
  const asked = readAskedFrom(row.asked_from)
  const event = approve ? 'oauth.device_approved' : 'oauth.device_denied'
  await change(base, actor, event, async (handle, line) => {
    line.details({ client: clientId, address: asked.address, user_agent: asked.userAgent })
    if (!approve) {
      const result = { error: 'access_denied', error_description: 'refused in the browser' }
      await updateArtifact(handle, row.id, { payload: JSON.stringify({ ...payload, result }) })
      return
    }
    const { grantId, sessionId } = await startGrant(base, actor, caller, { clientId, method: 'code', asked })
    line.target('session', sessionId)
    const result = {
      login: { accountId: caller.person.id, remember: false },
      consent: { grantId, approvedBy: caller.session?.id },
    }
    await updateArtifact(handle, row.id, {
      payload: JSON.stringify({ ...payload, result }),
      grant_id: grantId,
    })
  })
}

/**
 * Only the browser that began the request and whose person approved it goes on. The library checks the first by its
 * cookie; this checks the second by our session: otherwise somebody could begin a request in their own browser, have
 * another person approve it, and collect that person's code.
 */
export async function admitResume(base: Base, ctx: Context, uid: string): Promise<void> {
  const row = await selectArtifact(base.database.handle(), 'Interaction', artifactId('Interaction', uid))
  const consent = row && (JSON.parse(row.payload) as InteractionPayload).result?.consent
  if (consent === undefined) return
  const secret = cookieReader(ctx.req.headers.cookie, base.settings.url)('session')
  const session = secret === undefined ? undefined : await findByCookie(base, secret)
  if (session === undefined || session.id !== consent.approvedBy)
    throw new OauthRefusal(403, 'access_denied', 'It was approved in another browser')
}
