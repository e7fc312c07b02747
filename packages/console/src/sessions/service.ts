import { Failure } from '@latchstring/protocol'
import { newId } from '@latchstring/protocol/base/ids'
import { authorize } from '@latchstring/protocol/decide/authorize'
import type { Actor } from '../audit/service.ts'
import { change, system } from '../audit/service.ts'
import type { Base } from '../base/base.ts'
import type { Origin } from '../base/caller.ts'
import { noteUse } from '../base/note-use.ts'
import { hashOf, newSecret } from '../base/secrets.ts'
import { findMember } from '../members/service.ts'
import type { SessionRow } from './queries.ts'
import { selectAllLive, selectBrowsersOf, selectByGrant, selectLive, selectLiveByToken } from './queries.ts'

export type { SessionRow } from './queries.ts'

const day = 24 * 3600 * 1000
/** A browser stays signed in for 30 days; what needs a proof of presence asks again anyway. */
export const webSessionMs = 30 * day
/** A session that only waits for the owner's mail. */
const settingUpMs = day / 24
/** An agent unused for 30 days is signed out; each renewal moves the end, up to 180 days from the sign-in. */
export const agentIdleMs = 30 * day
export const agentLongestMs = 180 * day
/** How often `last_used_at` is written at most. */
const touchMs = 60_000

type Start = {
  organizationId: string
  personId: string
  actor: Actor
  origin: Pick<Origin, 'address' | 'userAgent'>
}

/** Starts a browser's session. Its secret goes into the cookie and nowhere else. */
export async function startWebSession(
  base: Base,
  start: Start & { method: 'passkey' | 'link' | 'setup'; settingUp?: boolean },
): Promise<{ id: string; secret: string; maxAgeSeconds: number }> {
  const secret = newSecret()
  const life = start.settingUp ? settingUpMs : webSessionMs
  const id = await insert(
    base,
    start,
    { kind: 'web', token_hash: hashOf(secret), life, settingUp: start.settingUp },
    start.method,
  )
  return { id, secret, maxAgeSeconds: life / 1000 }
}

/** Starts an agent's session for a new OAuth grant. */
export const startAgentSession = (
  base: Base,
  start: Start & { method: 'device' | 'code'; grantId: string },
): Promise<string> =>
  insert(base, start, { kind: 'agent', grant_id: start.grantId, life: agentIdleMs }, start.method)

async function insert(
  base: Base,
  start: Start,
  row: {
    kind: 'web' | 'agent'
    token_hash?: string
    grant_id?: string
    life: number
    settingUp?: boolean | undefined
  },
  method: string,
): Promise<string> {
  const now = base.now()
  const id = newId('session', now)
  await change(base, start.actor, 'sessions.started', async (handle, line) => {
    await handle
      .insertInto('sessions')
      .values({
        id,
        organization_id: start.organizationId,
        person_id: start.personId,
        kind: row.kind,
        token_hash: row.token_hash ?? null,
        grant_id: row.grant_id ?? null,
        user_agent: start.origin.userAgent,
        address: start.origin.address,
        created_at: now,
        authenticated_at: now,
        last_used_at: now,
        expires_at: now + row.life,
        ended_at: null,
        setting_up: row.settingUp ? 1 : 0,
      })
      .execute()
    line.target('session', id)
    line.details({ kind: row.kind, method })
  })
  return id
}

/** The live session of a cookie's secret. */
export const findByCookie = (base: Base, secret: string) =>
  selectLiveByToken(base.database.handle(), hashOf(secret), base.now())

export const findLiveSession = (base: Base, id: string) => selectLive(base.database.handle(), id, base.now())

/** Every live session of this server, of every organisation: for the operator. */
export const listLiveSessions = (base: Base) => selectAllLive(base.database.handle(), base.now())

/** Somebody's browsers that are signed in now. */
export const listBrowsersOf = (base: Base, organizationId: string, personId: string) =>
  selectBrowsersOf(base.database.handle(), organizationId, personId, base.now())

/** The session of an OAuth grant, ended or not. */
export const findByGrant = (base: Base, grantId: string) => selectByGrant(base.database.handle(), grantId)

/** Whether a session may go on: not ended, not over, its person still a member who may. */
export async function mayContinue(base: Base, session: SessionRow): Promise<boolean> {
  if (session.ended_at !== null || session.expires_at <= base.now()) return false
  const member = await findMember(base, session.organization_id, session.person_id)
  if (member === undefined) return false
  return session.kind === 'web' || authorize(member.role, { kind: 'agent' }, 'agents:connect') === undefined
}

/** Notes that a session was used; at most once a minute, since it is a write. */
export async function touch(base: Base, session: SessionRow): Promise<void> {
  const now = base.now()
  if (now - session.last_used_at < touchMs) return
  await noteUse(base, handle =>
    handle.updateTable('sessions').set({ last_used_at: now }).where('id', '=', session.id).execute(),
  )
}

/** Notes a renewal of an agent's session and moves its end. */
export async function extendAgentSession(base: Base, session: SessionRow): Promise<void> {
  const now = base.now()
  const expires = Math.min(now + agentIdleMs, session.created_at + agentLongestMs)
  await base.database.transaction(handle =>
    handle
      .updateTable('sessions')
      .set({ last_used_at: now, expires_at: expires })
      .where('id', '=', session.id)
      .where('ended_at', 'is', null)
      .execute(),
  )
}

/** Notes which program an agent's session belongs to, where a browser asked for it: the program speaks later. */
export async function describeAgent(
  base: Base,
  id: string,
  { address, userAgent }: Pick<Origin, 'address' | 'userAgent'>,
): Promise<void> {
  await base.database.transaction(handle =>
    handle.updateTable('sessions').set({ address, user_agent: userAgent }).where('id', '=', id).execute(),
  )
}

/**
 * Marks a browser's session as freshly proved. Its cookie changes with it, so that whoever held the old one does not
 * become fresh too.
 *
 * @throws Failure `not_signed_in` when the session has ended meanwhile
 */
export async function refreshAuthentication(
  base: Base,
  actor: Actor,
  sessionId: string,
): Promise<{ secret: string; maxAgeSeconds: number }> {
  const now = base.now()
  const secret = newSecret()
  return await change(base, actor, 'sessions.confirmed', async (handle, line) => {
    const row = await handle
      .updateTable('sessions')
      .set({ token_hash: hashOf(secret), authenticated_at: now, last_used_at: now })
      .where('id', '=', sessionId)
      .where('kind', '=', 'web')
      .where('ended_at', 'is', null)
      .returning('expires_at')
      .executeTakeFirst()
    if (row === undefined) throw new Failure('not_signed_in')
    line.target('session', sessionId)
    return { secret, maxAgeSeconds: Math.ceil((row.expires_at - now) / 1000) }
  })
}

/** Ends the sessions that waited for a person's mail: the mail came. */
export async function endSettingUp(base: Base, organizationId: string, personId: string): Promise<void> {
  const rows = await base.database
    .handle()
    .selectFrom('sessions')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('person_id', '=', personId)
    .where('setting_up', '=', 1)
    .where('ended_at', 'is', null)
    .execute()
  for (const { id } of rows) await endSession(base, system(organizationId), id, 'signed in fully')
}

/**
 * Ends a session: refused at its next request. Ending one that has ended already changes nothing and writes no line.
 *
 * @returns whether this call ended it
 */
export async function endSession(base: Base, actor: Actor, id: string, reason: string): Promise<boolean> {
  return await base.database.transaction(async handle => {
    const ended = await handle
      .updateTable('sessions')
      .set({ ended_at: base.now() })
      .where('id', '=', id)
      .where('organization_id', '=', actor.organizationId)
      .where('ended_at', 'is', null)
      .returning(['id', 'person_id', 'grant_id'])
      .executeTakeFirst()
    if (ended === undefined) return false
    await change(base, actor, 'sessions.ended', async (_handle, line) => {
      line.target('session', id)
      line.details({ reason, person: ended.person_id })
    })
    await base.revocations.add({ kind: 'session', id })
    await base.happen('sessionEnded', {
      organizationId: actor.organizationId,
      sessionId: id,
      grantId: ended.grant_id,
    })
    return true
  })
}

/** Ends what somebody may no longer have: everything when they left, agents when their role no longer allows them. */
export async function endSessionsOf(
  base: Base,
  organizationId: string,
  personId: string,
  reason: string,
): Promise<void> {
  const rows = await base.database
    .handle()
    .selectFrom('sessions')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('person_id', '=', personId)
    .where('ended_at', 'is', null)
    .execute()
  for (const row of rows) {
    if (reason === 'role changed' && (await mayContinue(base, row))) continue
    await endSession(base, system(organizationId), row.id, reason)
  }
}
