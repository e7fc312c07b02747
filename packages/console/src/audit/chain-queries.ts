import type { Selectable, Transaction } from 'kysely'
import type { Handle } from '../base/database.ts'
import type { Tables } from '../base/tables.ts'
import { firstHash } from './chain.ts'
import type { AuditRow } from './queries.ts'

export type ChainRow = Selectable<Tables['audit_chains']>
export type HeadRow = Selectable<Tables['audit_heads']>

/**
 * The organisation's chain, locked until the transaction ends: of several sealers one goes on, the others wait and then
 * see what it wrote. (The update changes nothing; it takes the row's lock.)
 */
export async function lockChain(handle: Transaction<Tables>, organizationId: string): Promise<ChainRow> {
  const lock = () =>
    handle
      .updateTable('audit_chains')
      .set({ organization_id: organizationId })
      .where('organization_id', '=', organizationId)
      .returningAll()
      .executeTakeFirst()
  const known = await lock()
  if (known !== undefined) return known
  await handle
    .insertInto('audit_chains')
    .values({
      organization_id: organizationId,
      sequence: 0,
      chain_hash: firstHash,
      headed_sequence: 0,
      headed_at: 0,
    })
    .onConflict(conflict => conflict.doNothing())
    .execute()
  const made = await lock()
  if (made === undefined) throw new Error('the chain that was just made is not there')
  return made
}

/** Organisations with lines that no sealer has linked yet. */
export async function selectUnsealedOrganizations(handle: Handle): Promise<string[]> {
  const rows = await handle
    .selectFrom('audit_lines')
    .select('organization_id')
    .where('sequence', 'is', null)
    .groupBy('organization_id')
    .orderBy('organization_id')
    .execute()
  return rows.map(row => row.organization_id)
}

/** Asks for what is unsealed, never for what comes after the last: a line of another node may come late with a lower id. */
export const selectUnsealed = (handle: Handle, organizationId: string, limit: number) =>
  handle
    .selectFrom('audit_lines')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('sequence', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute()

/** Writes the places of lines that are there: one statement, since each would be a round trip on PostgreSQL. */
export const updateSealed = (handle: Transaction<Tables>, lines: AuditRow[]) =>
  handle
    .insertInto('audit_lines')
    .values(lines)
    .onConflict(conflict =>
      conflict.column('id').doUpdateSet(({ ref }) => ({
        sequence: ref('excluded.sequence'),
        salt: ref('excluded.salt'),
        chain_hash: ref('excluded.chain_hash'),
        erased: ref('excluded.erased'),
      })),
    )
    .execute()

export const selectSealed = (handle: Handle, organizationId: string, after: number, limit: number) =>
  handle
    .selectFrom('audit_lines')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(limit)
    .execute()

export const selectChain = (handle: Handle, organizationId: string) =>
  handle
    .selectFrom('audit_chains')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .executeTakeFirst()

/** How many lines of an organisation are sealed up to a place of its chain, and how many are not sealed. */
export async function countLines(handle: Handle, organizationId: string, sequence: number) {
  const count = async (sealed: boolean) => {
    const lines = handle
      .selectFrom('audit_lines')
      .select(({ fn }) => fn.countAll<number | string>().as('lines'))
      .where('organization_id', '=', organizationId)
    const row = await (sealed
      ? lines.where('sequence', '<=', sequence)
      : lines.where('sequence', 'is', null)
    ).executeTakeFirstOrThrow()
    return Number(row.lines)
  }
  return { sealed: await count(true), unsealed: await count(false) }
}

/** Everybody who has a line, a chain or a head. */
export async function selectOrganizations(handle: Handle): Promise<string[]> {
  const of = (table: 'audit_lines' | 'audit_chains' | 'audit_heads') =>
    handle.selectFrom(table).select('organization_id').distinct().execute()
  const rows = await Promise.all([of('audit_lines'), of('audit_chains'), of('audit_heads')])
  return [...new Set(rows.flat().map(row => row.organization_id))].sort()
}

/** Every head that is kept here. */
export const selectHeads = (handle: Handle) =>
  handle.selectFrom('audit_heads').selectAll().orderBy('organization_id').orderBy('id').execute()

/** One side of a page of heads. */
export function selectHeadPage(
  handle: Handle,
  organizationId: string,
  side: 'older' | 'newer',
  from: string | undefined,
  limit: number,
): Promise<HeadRow[]> {
  const query = handle
    .selectFrom('audit_heads')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .orderBy('id', side === 'older' ? 'desc' : 'asc')
    .limit(limit)
  return (from === undefined ? query : query.where('id', side === 'older' ? '<' : '>', from)).execute()
}
