import { createHash } from 'node:crypto'
import { Failure } from '@latchstring/protocol'
import { Kysely, sql } from 'kysely'
import type { Database } from './database.ts'
import { sqliteDialect } from './sqlite-driver.ts'

/** Most rows in one statement; their values stay under PostgreSQL's 65,535 parameters. */
const chunk = 500

type Row = Record<string, string | number | null>
// biome-ignore lint/suspicious/noExplicitAny: tables are known by what the source says of itself.
type AnyDatabase = Kysely<any>

/** A table as the embedded database describes it. */
type Table = { name: string; columns: string[]; key: string[]; growing: string | null; from: AnyDatabase }

export type MovedTable = { table: string; rows: number; sha256: string }

/**
 * Copies every table of the embedded database and its usage journal into a migrated, empty PostgreSQL: all of it in one
 * transaction, so that a broken-off move leaves nothing behind and can be started again. Before it commits, each table
 * is read back and must have the source's content hash. The source is only read.
 *
 * @param journal the path of the usage journal; null: there is none
 * @throws Failure `target_not_empty`, `move_failed`
 */
export async function moveDatabase(
  source: Database,
  journal: string | null,
  target: Database,
  progress: (table: string, rows: number) => void,
): Promise<MovedTable[]> {
  const calls = journal === null ? undefined : new Kysely({ dialect: sqliteDialect(journal, 'read') })
  try {
    // The source's transaction keeps commands on this host from writing meanwhile.
    return await source.transaction(async handle => {
      const tables = [...(await tablesOf(handle)), ...(calls === undefined ? [] : await tablesOf(calls))]
      return await target.writer.transaction().execute(async to => {
        for (const table of tables) await refuseRows(to, table)
        const moved: MovedTable[] = []
        for (const table of tables) {
          const sent = await readTable(table, table.from, async (rows, count) => {
            await to
              .insertInto(table.name as never)
              .values(rows as never)
              .execute()
            progress(table.name, count)
          })
          const arrived = await readTable(table, to)
          if (arrived.sha256 !== sent.sha256 || arrived.rows !== sent.rows)
            throw new Failure('move_failed', { message: `${table.name} arrived with another content.` })
          if (table.growing !== null) await goOnCounting(to, table.name, table.growing)
          moved.push({ table: table.name, ...sent })
        }
        return moved
      })
    })
  } finally {
    await calls?.destroy()
  }
}

/** Those that others refer to come first. */
async function tablesOf(from: AnyDatabase): Promise<Table[]> {
  const named = await sql<{ name: string; sql: string }>`
    select name, sql from sqlite_master where type = 'table'
      and name not like 'sqlite\\_%' escape '\\' and name not like 'kysely\\_%' escape '\\' order by name`.execute(
    from,
  )
  const tables: (Table & { needs: string[] })[] = []
  for (const { name, sql: text } of named.rows) {
    const columns = await sql<{
      name: string
      pk: number
    }>`select name, pk from pragma_table_info(${name})`.execute(from)
    const needs = await sql<{ table: string }>`select "table" from pragma_foreign_key_list(${name})`.execute(
      from,
    )
    const keys = columns.rows.filter(column => column.pk > 0).sort((a, b) => a.pk - b.pk)
    const key = keys.map(column => column.name)
    tables.push({
      name,
      columns: columns.rows.map(column => column.name).sort(),
      key,
      growing: /autoincrement/i.test(text) ? (key[0] ?? null) : null,
      needs: needs.rows.map(row => row.table),
      from,
    })
  }
  const ordered: Table[] = []
  while (tables.length > 0) {
    const ready = tables.findIndex(({ needs }) => !tables.some(({ name }) => needs.includes(name)))
    ordered.push(...tables.splice(Math.max(0, ready), 1))
  }
  return ordered
}

async function refuseRows(to: AnyDatabase, { name }: Table): Promise<void> {
  const { rows } = await sql`select 1 from ${sql.table(name)} limit 1`.execute(to)
  if (rows.length > 0) throw new Failure('target_not_empty')
}

/**
 * Reads a table in the order of its key, in chunks, and hashes it: SHA-256 over one line of JSON a row, the values in
 * the order of their columns' names.
 */
async function readTable(
  { name, columns, key }: Table,
  from: AnyDatabase,
  take: (rows: Row[], count: number) => Promise<void> = async () => {},
): Promise<{ rows: number; sha256: string }> {
  const hash = createHash('sha256')
  const keys = sql.join(key.map(column => sql.ref(column)))
  const all = sql.join(columns.map(column => sql.ref(column)))
  let count = 0
  let last: Row | undefined
  for (;;) {
    const place = last
    const after =
      place === undefined
        ? sql``
        : sql`where (${keys}) > (${sql.join(key.map(column => place[column] ?? null))})`
    const { rows } = await sql<Row>`
      select ${all} from ${sql.table(name)} ${after} order by ${keys} limit ${sql.lit(chunk)}`.execute(from)
    for (const row of rows) hash.update(`${JSON.stringify(columns.map(column => row[column]))}\n`)
    count += rows.length
    if (rows.length > 0) await take(rows, count)
    last = rows.at(-1)
    if (rows.length < chunk) return { rows: count, sha256: hash.digest('hex') }
  }
}

/** New rows go on after the highest number that came along. */
const goOnCounting = (to: AnyDatabase, table: string, column: string) =>
  sql`select setval(pg_get_serial_sequence(${table}, ${column}),
    coalesce((select max(${sql.ref(column)}) from ${sql.table(table)}), 0) + 1, false)`.execute(to)
