import type { Selectable } from 'kysely'
import type { Handle } from '../base/database.ts'
import type { Tables } from '../base/tables.ts'

export type SessionRow = Selectable<Tables['sessions']>

export const selectLiveByToken = (
  handle: Handle,
  tokenHash: string,
  now: number,
): Promise<SessionRow | undefined> =>
  live(handle, now).selectAll().where('token_hash', '=', tokenHash).executeTakeFirst()

export const selectLive = (handle: Handle, id: string, now: number): Promise<SessionRow | undefined> =>
  live(handle, now).selectAll().where('id', '=', id).executeTakeFirst()

export const selectByGrant = (handle: Handle, grantId: string): Promise<SessionRow | undefined> =>
  handle.selectFrom('sessions').selectAll().where('grant_id', '=', grantId).executeTakeFirst()

export const selectBrowsersOf = (handle: Handle, organizationId: string, personId: string, now: number) =>
  live(handle, now)
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('person_id', '=', personId)
    .where('kind', '=', 'web')
    .where('setting_up', '=', 0)
    .execute()

const live = (handle: Handle, now: number) =>
  handle.selectFrom('sessions').where('ended_at', 'is', null).where('expires_at', '>', now)

export const selectAllLive = (handle: Handle, now: number) =>
  live(handle, now).select(['id', 'kind', 'organization_id']).orderBy('id').execute()

/** One side of a page of live sessions with their people. */
export function selectSessions(
  handle: Handle,
  filter: { organizationId: string; personId: string | undefined; now: number },
  side: 'older' | 'newer',
  from: string | undefined,
  limit: number,
) {
  let query = handle
    .selectFrom('sessions')
    .innerJoin('people', 'people.id', 'sessions.person_id')
    .selectAll('sessions')
    .select(['people.email as email', 'people.name as name'])
    .where('sessions.organization_id', '=', filter.organizationId)
    .where('sessions.ended_at', 'is', null)
    .where('sessions.expires_at', '>', filter.now)
    .orderBy('sessions.id', side === 'older' ? 'desc' : 'asc')
    .limit(limit)
  if (filter.personId !== undefined) query = query.where('sessions.person_id', '=', filter.personId)
  if (from !== undefined) query = query.where('sessions.id', side === 'older' ? '<' : '>', from)
  return query.execute()
}
