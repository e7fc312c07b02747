import { sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * How many sessions of this role others have open on a PostgreSQL: other servers, or somebody's shell. To be asked before
 * this process opens a second session of its own. 0 on SQLite, where the data lock tells (`data-lock.ts` of the server).
 */
export async function countOtherSessions(database: Database): Promise<number> {
  if (database.dialect !== 'postgres') return 0
  const { rows } = await sql<{ others: number }>`select count(*)::int as others from pg_stat_activity
    where datname = current_database() and usename = current_user and pid != pg_backend_pid()`.execute(
    database.handle(),
  )
  return Number(rows[0]?.others ?? 0)
}
