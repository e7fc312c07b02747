import { authorize } from '@latchstring/protocol/decide/authorize'
import type { Base } from '../base/base.ts'
import type { Caller } from '../base/caller.ts'
import { pageById } from '../base/paging.ts'
import type { Routes } from '../base/routes.ts'
import { listProviders } from '../providers/service.ts'
import type { Journal } from './journal.ts'
import type { CallFilter, CallRow, Totals } from './queries.ts'
import { selectCalls, sumCalls, sumCallsByDay } from './queries.ts'

const day = 24 * 3600 * 1000
const plotted = 30

export function usageRoutes(journal: Journal): Routes<'usage'> {
  return {
    async list({ base, caller, query }) {
      const filter = reach(caller, query.user_id, query.model)
      const page = await pageById(query, (side, from, limit) =>
        selectCalls(journal.reader, filter, side, from, limit),
      )
      const [people, providers] = await Promise.all([
        peopleOf(base, page.data),
        listProviders(base, caller.organization.id),
      ])
      return {
        ...page,
        data: page.data.map(row => ({
          id: row.id,
          type: 'usage_call' as const,
          request_id: row.request_id,
          at: new Date(row.at).toISOString(),
          duration_ms: row.duration_ms,
          user: people.get(row.person_id) ?? { id: row.person_id, email: '', name: '' },
          session_id: row.session_id,
          api_key_id: row.key_id,
          address: row.address,
          endpoint: row.endpoint,
          provider: providers.find(one => one.id === row.provider_id)?.name ?? row.provider_id,
          model: row.model,
          stream: row.stream === 1,
          status: row.status,
          outcome: row.outcome,
          input_tokens: row.input_tokens,
          output_tokens: row.output_tokens,
          cache_read_tokens: row.cache_read_tokens,
          cache_write_tokens: row.cache_write_5m_tokens + row.cache_write_1h_tokens,
          counted: row.counted === 1,
        })),
      }
    },

    async summary({ base, caller }) {
      const filter = reach(caller, undefined, undefined)
      const today = Math.floor(base.now() / day) * day
      const first = today - (plotted - 1) * day
      const [lastDay, lastDays, days] = await Promise.all([
        sumCalls(journal.reader, filter, base.now() - day),
        sumCalls(journal.reader, filter, base.now() - plotted * day),
        sumCallsByDay(journal.reader, filter, first),
      ])
      return {
        type: 'usage_summary',
        last_24_hours: lastDay,
        last_30_days: lastDays,
        days: everyDay(first, days),
      }
    },
  }
}

/** Everybody's calls for those who may see them, else one's own. */
const reach = (caller: Caller, personId: string | undefined, model: string | undefined): CallFilter => ({
  organizationId: caller.organization.id,
  personId: authorize(caller.role, caller.means, 'usage:read') === undefined ? personId : caller.person.id,
  model,
})

async function peopleOf(base: Base, calls: readonly CallRow[]) {
  const ids = [...new Set(calls.map(call => call.person_id))]
  if (ids.length === 0) return new Map<string, { id: string; email: string; name: string }>()
  const rows = await base.database
    .handle()
    .selectFrom('people')
    .select(['id', 'email', 'name'])
    .where('id', 'in', ids)
    .execute()
  return new Map(rows.map(row => [row.id, row]))
}

function everyDay(
  first: number,
  rows: readonly (Totals & { date: string })[],
): (Totals & { date: string })[] {
  const found = new Map(rows.map(row => [row.date, row]))
  return Array.from({ length: plotted }, (_, i) => {
    const date = new Date(first + i * day).toISOString().slice(0, 10)
    return found.get(date) ?? { date, calls: 0, input_tokens: 0, output_tokens: 0, people: 0 }
  })
}
