import type { DatabaseSync, SQLInputValue } from 'node:sqlite'

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

export type CallFilter = { organizationId: string; personId: string | undefined; model: string | undefined }

function where(filter: CallFilter, more: [string, SQLInputValue][] = []) {
  const parts: [string, SQLInputValue][] = [['organization_id = ?', filter.organizationId], ...more]
  if (filter.personId !== undefined) parts.push(['person_id = ?', filter.personId])
  if (filter.model !== undefined) parts.push(['model = ?', filter.model])
  return { text: parts.map(([text]) => text).join(' and '), values: parts.map(([, value]) => value) }
}

export function selectCalls(
  journal: DatabaseSync,
  filter: CallFilter,
  side: 'older' | 'newer',
  from: string | undefined,
  limit: number,
): CallRow[] {
  const { text, values } = where(
    filter,
    from === undefined ? [] : [[`id ${side === 'older' ? '<' : '>'} ?`, from]],
  )
  const order = side === 'older' ? 'desc' : 'asc'
  return journal
    .prepare(`select * from usage_calls where ${text} order by id ${order} limit ?`)
    .all(...values, limit) as CallRow[]
}

export const selectCallsAfter = (journal: DatabaseSync, sequence: number, limit: number): CallRow[] =>
  journal
    .prepare('select * from usage_calls where sequence > ? order by sequence limit ?')
    .all(sequence, limit) as CallRow[]

export type Totals = { calls: number; input_tokens: number; output_tokens: number; people: number }

const sums = `count(*) as calls, coalesce(sum(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens), 0)
  as input_tokens, coalesce(sum(output_tokens), 0) as output_tokens, count(distinct person_id) as people`

export function sumCalls(journal: DatabaseSync, filter: CallFilter, from: number): Totals {
  const { text, values } = where(filter, [['at >= ?', from]])
  return journal.prepare(`select ${sums} from usage_calls where ${text}`).get(...values) as Totals
}

/** One row a UTC day that has calls, oldest first. */
export function sumCallsByDay(
  journal: DatabaseSync,
  filter: CallFilter,
  from: number,
): (Totals & { date: string })[] {
  const { text, values } = where(filter, [['at >= ?', from]])
  return journal
    .prepare(
      `select strftime('%Y-%m-%d', at / 1000, 'unixepoch') as date, ${sums} from usage_calls where ${text} group by date order by date`,
    )
    .all(...values) as (Totals & { date: string })[]
}
