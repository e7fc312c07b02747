import { readAccessToken } from '@latchstring/kit/access-token'
import { agentScope, latchClientId } from '@latchstring/protocol/base/names'
import { hashOf } from '../base/secrets.ts'
import { addressBlock } from '../base/throttle.ts'
import type { SessionRow } from '../sessions/service.ts'
import type { Asking, Form } from './asking.ts'
import { refuse } from './asking.ts'
import { resourceOf } from './clients.ts'
import { endFamily, livingSession, noteReuse } from './families.ts'
import { selectArtifact, selectRepeat, selectUsesSince } from './queries.ts'
import type { Presented, TokenReply } from './repeats.ts'
import { decideReuse, kindOf, readReply } from './repeats.ts'

/** A repeated reply never carries an access token with less left than this; it gets a fresh one. */
const leastSeconds = 60

/** A refresh token or device code that was used before came again: its answer once more, a refusal, or the end. */
export async function answerReuse(asking: Asking, form: Form, presented: Presented): Promise<void> {
  const { base, ctx } = asking
  const session = await livingSession(asking, presented.row.grant_id)
  if (session === undefined) return refuse(ctx, form)
  const handle = base.database.handle()
  const kind = kindOf(presented.row)
  const first = await selectRepeat(handle, presented.row.id)
  const successor = first && (await selectArtifact(handle, 'RefreshToken', first.successor_hash))
  const uses = await selectUsesSince(handle, presented.row)
  const decision = decideReuse({
    refreshIdHash: presented.refreshId === null ? null : hashOf(presented.refreshId),
    first: first ?? null,
    successorUsed: successor === undefined || successor.consumed_at !== null,
    knownBlock: uses.some(use => use.asked_from === addressBlock(asking.from.address)),
    stockAgent: kind === 'refresh' && presented.clientId !== latchClientId,
    now: base.now(),
  })
  if (decision === 'repeat' && first !== undefined) {
    await noteReuse(asking, session, 'sessions.refresh_repeated', { kind })
    ctx.status = 200
    ctx.body = await withLife(asking, session, presented.clientId, readReply(first, presented.token))
    return
  }
  await noteReuse(asking, session, 'sessions.refresh_reused', { kind, session_ended: decision === 'end' })
  if (decision === 'end') await endFamily(asking, session, 'an old token was presented')
  refuse(ctx, form)
}

/** The reply with what its access token has left now, or with a fresh one where that has ended. */
async function withLife(
  asking: Asking,
  session: SessionRow,
  clientId: string,
  reply: TokenReply,
): Promise<TokenReply> {
  const { base, keys } = asking
  const claims = readAccessToken(reply.access_token, keys.rule, base.now())
  const left = claims === undefined ? 0 : Math.floor(claims.exp - base.now() / 1000)
  if (left >= leastSeconds) return { ...reply, expires_in: left }
  const { url, accessTokenSeconds } = base.settings
  const { provider } = asking
  const client = await provider.Client.find(clientId)
  if (client === undefined || session.grant_id === null) throw new Error(`no client ${clientId}`)
  const token = new provider.AccessToken({
    accountId: session.person_id,
    client,
    grantId: session.grant_id,
    gty: 'refresh_token',
    scope: agentScope,
    resourceServer: new provider.ResourceServer(url, resourceOf(url, accessTokenSeconds)),
  })
  return { ...reply, access_token: await token.save(), expires_in: accessTokenSeconds }
}
