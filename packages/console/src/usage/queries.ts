import type { Kysely, SelectQueryBuilder } from 'kysely'
import { sql } from 'kysely'

/** A row of the journal as it lies there. */
export type CallRow = {
  sequence: number
  id: string
  request_id: string
  at: number
  duration_ms: number
  organization_id: string
  person_id: string
  session_id: string | null
  key_id: string | null
  address: string
  endpoint: 'messages' | 'count_tokens'
  provider_id: string
  model: string
  stream: number
  status: number
  outcome: 'complete' | 'client_abort' | 'provider_cut' | 'refused' | 'timeout'
  input_tokens: number
  output_tokens: number
  cache_read_tokens: number
  cache_write_5m_tokens: number
  cache_write_1h_tokens: number
  counted: number
}

/** The journal's own database, or its table in the one of the console; it cannot be written by this. */
export type JournalReader = Kysely<{ usage_calls: CallRow }>

export type CallFilter = { organizationId: string; personId: string | undefined; model: string | undefined }

type Tables = { usage_calls: CallRow }

function calls(journal: JournalReader, filter: CallFilter) {
  let query: SelectQueryBuilder<Tables, 'usage_calls', object> = journal
    .selectFrom('usage_calls')
    .where('organization_id', '=', filter.organizationId)
  if (filter.personId !== undefined) query = query.where('person_id', '=', filter.personId)
  if (filter.model !== undefined) query = query.where('model', '=', filter.model)
  return query
}

export function selectCalls(
  journal: JournalReader,
  filter: CallFilter,
  side: 'older' | 'newer',
  from: string | undefined,
  limit: number,
): Promise<CallRow[]> {
  let query = calls(journal, filter)
    .selectAll()
    .orderBy('id', side === 'older' ? 'desc' : 'asc')
    .limit(limit)
  if (from !== undefined) query = query.where('id', side === 'older' ? '<' : '>', from)
  return query.execute()
}

export const selectCallsAfter = (
  journal: JournalReader,
  sequence: number,
  limit: number,
): Promise<CallRow[]> =>
  journal
    .selectFrom('usage_calls')
    .selectAll()
    .where('sequence', '>', sequence)
    .orderBy('sequence')
    .limit(limit)
    .execute()

export type Totals = { calls: number; input_tokens: number; output_tokens: number; people: number }

/** A sum of whole numbers; PostgreSQL would make a decimal of it, which comes as text. */
const sum = (columns: string) => sql<number>`cast(coalesce(sum(${sql.raw(columns)}), 0) as bigint)`

const sums = [
  sql<number>`count(*)`.as('calls'),
  sum('input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens').as('input_tokens'),
  sum('output_tokens').as('output_tokens'),
  sql<number>`count(distinct person_id)`.as('people'),
] as const

export const sumCalls = (journal: JournalReader, filter: CallFilter, from: number): Promise<Totals> =>
  calls(journal, filter).where('at', '>=', from).select(sums).executeTakeFirstOrThrow()

const dayMs = 86_400_000
/** Days since 1970 in UTC; both databases divide whole numbers to a whole number. */
const dayOf = sql<number>`${sql.ref('at')} / ${sql.lit(dayMs)}`

/** One row a UTC day that has calls, oldest first. */
export async function sumCallsByDay(
  journal: JournalReader,
  filter: CallFilter,
  from: number,
): Promise<(Totals & { date: string })[]> {
  const rows = await calls(journal, filter)
    .where('at', '>=', from)
    .select([dayOf.as('day'), ...sums])
    .groupBy(dayOf)
    .orderBy('day')
    .execute()
  return rows.map(({ day, ...totals }) => ({
    date: new Date(day * dayMs).toISOString().slice(0, 10),
    ...totals,
  }))
}
