import type { KeyStatus } from '@latchstring/protocol/codes/key-kinds'
import type { Selectable } from 'kysely'
import type { Handle } from '../base/database.ts'
import type { Tables } from '../base/tables.ts'

export type KeyRow = Selectable<Tables['keys']>

export const selectKeyByHash = (handle: Handle, hash: string): Promise<KeyRow | undefined> =>
  handle.selectFrom('keys').selectAll().where('hash', '=', hash).executeTakeFirst()

export const selectKey = (handle: Handle, organizationId: string, id: string): Promise<KeyRow | undefined> =>
  handle
    .selectFrom('keys')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()

export type KeyFilter = {
  organizationId: string
  personId: string | undefined
  status: KeyStatus | undefined
  now: number
}

/** One side of a page of keys. `expired` is told from the time, so it is asked so. */
export function selectKeys(
  handle: Handle,
  filter: KeyFilter,
  side: 'older' | 'newer',
  from: string | undefined,
  limit: number,
): Promise<KeyRow[]> {
  let query = handle
    .selectFrom('keys')
    .selectAll()
    .where('organization_id', '=', filter.organizationId)
    .orderBy('id', side === 'older' ? 'desc' : 'asc')
    .limit(limit)
  if (filter.personId !== undefined) query = query.where('person_id', '=', filter.personId)
  if (from !== undefined) query = query.where('id', side === 'older' ? '<' : '>', from)
  if (filter.status === 'expired')
    query = query.where('expires_at', '<=', filter.now).where('status', '!=', 'archived')
  else if (filter.status !== undefined) query = query.where('status', '=', filter.status)
  if (filter.status === 'active' || filter.status === 'inactive') {
    query = query.where(where =>
      where.or([where('expires_at', 'is', null), where('expires_at', '>', filter.now)]),
    )
  }
  return query.execute()
}
