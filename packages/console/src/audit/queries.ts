import type { Insertable, Selectable } from 'kysely'
import type { Handle } from '../base/database.ts'
import type { Tables } from '../base/tables.ts'

export type AuditRow = Selectable<Tables['audit_lines']>

export const insertLine = (handle: Handle, row: Insertable<Tables['audit_lines']>) =>
  handle.insertInto('audit_lines').values(row).execute()

export type LineFilter = {
  event?: string | undefined
  user_id?: string | undefined
  request_id?: string | undefined
  target_id?: string | undefined
}

/** One side of a page; the e-mail address is joined as it is now, so that an erased person leaves none behind. */
export function selectLines(
  handle: Handle,
  organizationId: string,
  filter: LineFilter,
  side: 'older' | 'newer',
  from: string | undefined,
  limit: number,
) {
  let query = handle
    .selectFrom('audit_lines')
    .leftJoin('people', 'people.id', 'audit_lines.actor_id')
    .selectAll('audit_lines')
    .select('people.email as actor_email')
    .where('audit_lines.organization_id', '=', organizationId)
    .orderBy('audit_lines.id', side === 'older' ? 'desc' : 'asc')
    .limit(limit)
  if (from !== undefined) query = query.where('audit_lines.id', side === 'older' ? '<' : '>', from)
  if (filter.event !== undefined)
    query = query.where('audit_lines.event', '=', filter.event as AuditRow['event'])
  if (filter.user_id !== undefined) query = query.where('audit_lines.actor_id', '=', filter.user_id)
  if (filter.request_id !== undefined) query = query.where('audit_lines.request_id', '=', filter.request_id)
  if (filter.target_id !== undefined) query = query.where('audit_lines.target_id', '=', filter.target_id)
  return query.execute()
}
