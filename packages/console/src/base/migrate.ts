import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Database } from './database.ts'
import * as auditChain from './migrations/2026-11-22-audit-chain.ts'
import * as auditLines from './migrations/2026-11-22-audit-lines.ts'
import * as keys from './migrations/2026-11-22-keys.ts'
import * as keysDeactivatedBy from './migrations/2026-11-22-keys-deactivated-by.ts'
import * as oauth from './migrations/2026-11-22-oauth.ts'
import * as organizations from './migrations/2026-11-22-organizations.ts'
import * as providers from './migrations/2026-11-22-providers.ts'
import * as sessions from './migrations/2026-11-22-sessions.ts'
import * as signIn from './migrations/2026-11-22-sign-in.ts'
import * as usageCalls from './migrations/2026-11-22-usage-calls.ts'
import type { Dialect } from './migrations/columns.ts'

/** Every migration, oldest first. One that has been released is never edited. */
const migrations: Record<string, { up(db: Kysely<unknown>, dialect: Dialect): Promise<void> }> = {
  '2026-11-22-1-organizations': organizations,
  '2026-11-22-2-audit-lines': auditLines,
  '2026-11-22-3-sessions': sessions,
  '2026-11-22-4-keys': keys,
  '2026-11-22-5-providers': providers,
  '2026-11-22-6-sign-in': signIn,
  '2026-11-22-7-oauth': oauth,
  '2026-11-22-8-audit-chain': auditChain,
  '2026-11-22-9-usage-calls': usageCalls,
  '2026-11-22-9b-keys-deactivated-by': keysDeactivatedBy,
}

const migratorOf = (database: Database): Migrator =>
  new Migrator({
    db: database.writer,
    provider: {
      getMigrations: async () =>
        Object.fromEntries(
          Object.entries(migrations).map(([name, { up }]) => [
            name,
            { up: (db: Kysely<unknown>) => up(db, database.dialect) },
          ]),
        ),
    },
  })

/** Brings the schema to this build's state; nothing happens where it is there already. Each migration is one transaction. */
export async function migrate(database: Database): Promise<string[]> {
  const { error, results } = await migratorOf(database).migrateToLatest()
  if (error !== undefined) throw error
  return (results ?? []).map(result => result.migrationName)
}

/** Which migrations of this build have not run here, and which have run that only a newer build knows. */
export async function compareMigrations(
  database: Database,
): Promise<{ pending: string[]; unknown: string[] }> {
  const known = await migratorOf(database).getMigrations()
  const pending = known.filter(({ executedAt }) => executedAt === undefined).map(({ name }) => name)
  if (pending.length === known.length) return { pending, unknown: [] }
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(
    database.writer,
  )
  return { pending, unknown: rows.map(row => row.name).filter(name => !Object.hasOwn(migrations, name)) }
}
