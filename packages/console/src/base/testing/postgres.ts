import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import pg from 'pg'
import type { Database } from '../database.ts'
import { openPostgres } from '../database.ts'
import { migrate } from '../migrate.ts'
import type { PostgresSettings } from '../postgres-url.ts'
import { readPostgresUrl } from '../postgres-url.ts'

/** Names the throw-away cluster of the test run (`tools/postgres-cluster.ts`). */
const variable = 'LATCHSTRING_TEST_POSTGRES_URL'

/** Which database the console's tests of this run stand on. */
export const testDialect: Database['dialect'] =
  process.env['LATCHSTRING_TEST_DATABASE'] === 'postgres' ? 'postgres' : 'sqlite'

/** Files: the certificate that the cluster shows for the name localhost, and one that it has nothing to do with. */
export function testCertificates(): { own: string; foreign: string } {
  const [own = '', foreign = ''] = (process.env['LATCHSTRING_TEST_POSTGRES_CERTIFICATES'] ?? '').split(':')
  return { own, foreign }
}

const template = 'latchstring_template'

async function onCluster<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: process.env[variable] })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

export type TestDatabase = { url: string; settings: PostgresSettings }

function named(name: string): TestDatabase {
  const url = new URL(process.env[variable] ?? '')
  url.pathname = name
  return { url: url.href, settings: readPostgresUrl(url.href) }
}

const unused = () => `test_${randomBytes(8).toString('hex')}`

/** A database of this test's own, empty. Its language sorts unlike bytes do, as most people's databases. */
export async function makeEmptyDatabase(): Promise<TestDatabase> {
  const name = unused()
  await onCluster(client =>
    client.query(`create database ${name} template template0 locale_provider icu icu_locale 'en'`),
  )
  return named(name)
}

/** Migrated databases that tests of this process are done with; making one costs more than emptying one. */
const free: TestDatabase[] = []

/** The same, migrated: one that is free again, or a copy of one that was migrated once in this run. */
export async function makeMigratedDatabase(): Promise<TestDatabase> {
  const again = free.pop()
  if (again !== undefined) return again
  const name = unused()
  await onCluster(async client => {
    const copy = () => client.query(`create database ${name} template ${template}`)
    try {
      await copy()
    } catch (error) {
      if ((error as { code?: string }).code !== '3D000') throw error
      await client.query('select pg_advisory_lock(1)')
      const made = await client.query('select 1 from pg_database where datname = $1', [template])
      if (made.rowCount === 0) await makeTemplate(client)
      await client.query('select pg_advisory_unlock(1)')
      await copy()
    }
  })
  return named(name)
}

/** Empties a migrated database for the next test. */
export async function giveBack(made: TestDatabase): Promise<void> {
  if (free.includes(made)) return
  const client = new pg.Client({ connectionString: made.url })
  await client.connect()
  const tables = await client.query<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'public' and tablename not like 'kysely%'`,
  )
  const empty = tables.rows.map(({ name }) => `delete from ${name}`)
  await client.query(['set session_replication_role = replica', ...empty].join(';'))
  await client.end()
  free.push(made)
}

async function makeTemplate(client: pg.Client) {
  const made = await makeEmptyDatabase()
  const database = openPostgres(made.settings)
  await migrate(database)
  await database.close()
  await client.query(`alter database ${made.settings.database} rename to ${template}`)
}

/** Every row of every table, as text. */
export async function rowsOf(database: Database): Promise<Buffer> {
  const tables = await database.writer.introspection.getTables()
  const rows = await Promise.all(
    tables.map(
      async ({ name }) => (await sql`select * from ${sql.table(name)}`.execute(database.writer)).rows,
    ),
  )
  return Buffer.from(JSON.stringify(rows))
}

/** Lets every such write fail, as a full disk would, until what is returned is called. */
export async function breakWrites(database: Database, kind: 'insert' | 'update', table: string) {
  const run = (text: string) => sql.raw(text).execute(database.writer)
  if (database.dialect === 'sqlite') {
    await run(`create trigger fault before ${kind} on ${table} begin select raise(abort, 'fault'); end`)
    return () => run('drop trigger fault')
  }
  await run(
    `create or replace function fault() returns trigger language plpgsql as $$begin raise exception 'fault'; end$$`,
  )
  await run(`create trigger fault before ${kind} on ${table} execute function fault()`)
  return () => run(`drop trigger fault on ${table}`)
}
