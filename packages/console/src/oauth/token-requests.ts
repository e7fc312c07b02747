import { addressBlock } from '../base/throttle.ts'
import { findPerson } from '../members/service.ts'
import type { SessionRow } from '../sessions/service.ts'
import { describeAgent, extendAgentSession, findByGrant } from '../sessions/service.ts'
import type { ArtifactKind } from './adapter.ts'
import { artifactId } from './adapter.ts'
import type { Asking, Form } from './asking.ts'
import { OauthRefusal, refusalStatus, refuse, say } from './asking.ts'
import { deviceGrant } from './clients.ts'
import { endFamily, livingSession } from './families.ts'
import { admitPoll } from './polls.ts'
import { dropCopiesOf, lockArtifact, updateArtifact } from './queries.ts'
import type { Presented, TokenReply } from './repeats.ts'
import { keepReply } from './repeats.ts'
import { answerReuse } from './reuse.ts'

/**
 * Answers the token endpoint within one transaction. Everything that needs our own judgement (who may go on, what is
 * repeated, what ends) is settled here; the library sees only what it can grant or refuse by itself.
 */
export async function answerToken(asking: Asking, form: Form): Promise<void> {
  switch (form.get('grant_type')) {
    case 'refresh_token':
      return await refresh(asking, form)
    case deviceGrant:
      return await poll(asking, form)
    case 'authorization_code':
      return await redeem(asking, form)
    default:
      return await asking.next()
  }
}

async function refresh(asking: Asking, form: Form): Promise<void> {
  const presented = await hold(asking, form, 'RefreshToken', 'refresh_token')
  if (presented === undefined) return await passOn(asking, form)
  if (presented.row.consumed_at !== null) return await answerReuse(asking, form, presented)
  const session = await livingSession(asking, presented.row.grant_id)
  if (session === undefined) return refuse(asking.ctx, form)
  await asking.base.database.transaction(async handle => {
    // The first use of a successor: nobody needs the reply that brought it again.
    await dropCopiesOf(handle, presented.row.id)
    await updateArtifact(handle, presented.row.id, { asked_from: addressBlock(asking.from.address) })
  })
  await passOn(asking, form)
  if (asking.ctx.status !== 200) return
  await grant(asking, session, presented)
  await extendAgentSession(asking.base, session)
}

async function poll(asking: Asking, form: Form): Promise<void> {
  const presented = await hold(asking, form, 'DeviceCode', 'device_code')
  if (presented === undefined) return await passOn(asking, form)
  const { row } = presented
  const { accountId, error } = JSON.parse(row.payload) as { accountId?: string; error?: string }
  if (error !== undefined)
    return say(asking.ctx, new OauthRefusal(400, 'access_denied', 'The sign-in was refused in the browser.'))
  if (row.consumed_at !== null) return await answerReuse(asking, form, presented)
  if (accountId === undefined) {
    if (await admitPoll(asking.base, row)) return await asking.next()
    const later = 'Wait five seconds longer between two questions.'
    return say(asking.ctx, new OauthRefusal(400, 'slow_down', later))
  }
  const session = await livingSession(asking, row.grant_id)
  if (session === undefined) return refuse(asking.ctx, form)
  await passOn(asking, form)
  if (asking.ctx.status === 200) await grant(asking, session, presented)
}

async function redeem(asking: Asking, form: Form): Promise<void> {
  const { base, ctx, from } = asking
  const presented = await hold(asking, form, 'AuthorizationCode', 'code')
  // Unknown, or redeemed before: the library refuses it, and revokes the grant of the latter.
  if (presented === undefined || presented.row.consumed_at !== null) return await passOn(asking, form)
  const session = await livingSession(asking, presented.row.grant_id)
  if (session === undefined) return refuse(ctx, form)
  await passOn(asking, form)
  if (ctx.status !== 200) return
  // Until here the browser spoke; from now on the program itself does.
  await describeAgent(base, session.id, from)
  ctx.body = await withEmail(asking, session, ctx.body as TokenReply)
}

/** Finds what was presented and holds its row; what is unknown or another client's is left to the library to refuse. */
async function hold(
  { base }: Asking,
  form: Form,
  kind: ArtifactKind,
  parameter: string,
): Promise<Presented | undefined> {
  const token = form.get(parameter)
  if (token === undefined) return undefined
  const row = await base.database.transaction(handle => lockArtifact(handle, kind, artifactId(kind, token)))
  if (row === undefined) return undefined
  const { clientId } = JSON.parse(row.payload) as { clientId: string }
  if (clientId !== form.get('client_id')) return undefined
  return { token, row, clientId, refreshId: form.get('refresh_id') ?? null }
}

/** Lets the library answer. Where it revokes a grant, the session of that grant ends. */
async function passOn(asking: Asking, form: Form): Promise<void> {
  const { base, ctx } = asking
  await asking.next()
  const revoked = ctx.state['revokedGrant'] as string | undefined
  const session = revoked === undefined ? undefined : await findByGrant(base, revoked)
  if (session !== undefined) await endFamily(asking, session, 'its code was presented twice')
  if ((ctx.body as { error?: string }).error === 'invalid_grant') ctx.status = refusalStatus(form)
}

/** Completes the library's reply and keeps it, for the case that it is lost on the way. */
async function grant(asking: Asking, session: SessionRow, presented: Presented): Promise<void> {
  const { base, ctx } = asking
  const reply = await withEmail(asking, session, ctx.body as TokenReply)
  await base.database.transaction(handle => keepReply(handle, presented, reply, base.now()))
  ctx.body = reply
}

async function withEmail({ base }: Asking, session: SessionRow, reply: TokenReply): Promise<TokenReply> {
  const person = await findPerson(base, session.person_id)
  return person === undefined ? reply : { ...reply, email: person.email }
}
