import { Kysely } from 'kysely'
import { ConnectionLost, postgresDialect, postgresPool } from '../base/postgres-driver.ts'
import type { PostgresSettings } from '../base/postgres-url.ts'
import type { Journal } from './journal.ts'
import { groupCommit, journalColumns } from './journal.ts'
import type { JournalReader } from './queries.ts'

const whole = new Set([
  'at',
  'duration_ms',
  'stream',
  'status',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'counted',
])

const names = journalColumns.join(', ')
const arrays = journalColumns
  .map((name, i) => `$${i + 1}::${whole.has(name) ? 'bigint' : 'text'}[]`)
  .join(', ')

/**
 * One statement, one transaction, one lock: the batches of all server processes commit one after the other. The lock is
 * taken before a row gets its sequence and held until the commit is seen, so that no lower sequence appears later.
 */
const insert = `with turn as materialized
    (select pg_advisory_xact_lock(hashtextextended('latchstring/usage_calls', 0)) is null as taken)
  insert into usage_calls (${names})
    select given.* from turn, unnest(${arrays}) as given (${names}) where turn.taken is not null`

/** The journal on PostgreSQL: a table of the console's database, a session of its own to write by. */
export function openPostgresJournal(settings: PostgresSettings): Journal {
  const pool = postgresPool(settings, 'write', 1)
  const reader: JournalReader = new Kysely({ dialect: postgresDialect(settings, 'read', 4) })
  let closed = false

  const run = async (text: string, rows: (string | number | null)[][]) => {
    const session = await pool.connect()
    try {
      await session.query(
        text,
        journalColumns.map((_, i) => rows.map(row => row[i])),
      )
    } finally {
      session.release()
    }
  }
  const batches = groupCommit(async rows => {
    if (closed) throw new Error('the journal is closed')
    try {
      await run(insert, rows)
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error
      // The session broke, perhaps after the commit: what is there already stays as it is.
      await run(`${insert} on conflict (id) do nothing`, rows)
    }
  })
  return {
    reader,
    record: batches.record,
    async close() {
      await batches.idle()
      closed = true
      await reader.destroy()
      await pool.end()
    },
  }
}
