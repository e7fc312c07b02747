import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** What a table holds: as many rows, with this SHA-256 over all of them in the order of their key. */
export type TableContent = { rows: number; sha256: string }
/** By database file, then by table. */
export type Contents = Record<string, Record<string, TableContent>>

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

/**
 * Reads every row of a database. Two databases with the same answer hold the same data, however their pages lie.
 *
 * @throws what SQLite throws where the file is damaged
 */
export function contentsOf(path: string): Record<string, TableContent> {
  const file = new DatabaseSync(path, { timeout: 5000 })
  try {
    file.exec('PRAGMA query_only = ON')
    file.exec('BEGIN')
    const tables = file
      .prepare(
        "select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name",
      )
      .all() as { name: string }[]
    return Object.fromEntries(tables.map(({ name }) => [name, contentOf(file, name)]))
  } finally {
    file.close()
  }
}

function contentOf(file: DatabaseSync, table: string): TableContent {
  const columns = file.prepare(`pragma table_info(${quoted(table)})`).all() as { name: string; pk: number }[]
  const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk)
  const order = (key.length > 0 ? key : columns).map(({ name }) => quoted(name)).join()
  const names = columns.map(({ name }) => quoted(name)).join()
  const select = file.prepare(`select ${names} from ${quoted(table)} order by ${order}`)
  select.setReadBigInts(true)
  select.setReturnArrays(true)
  const sha256 = createHash('sha256').update(JSON.stringify(columns.map(({ name }) => name)))
  let rows = 0
  for (const row of select.iterate() as Iterable<unknown>) {
    sha256.update(
      `\n${JSON.stringify(row, (_name, value) => (typeof value === 'bigint' ? `${value}n` : value))}`,
    )
    rows++
  }
  return { rows, sha256: sha256.digest('hex') }
}

/** What SQLite finds wrong in a file; empty: nothing. */
export function integrityProblems(path: string): string[] {
  const file = new DatabaseSync(path, { timeout: 5000 })
  try {
    file.exec('PRAGMA query_only = ON')
    const found = file.prepare('pragma integrity_check(10)').all() as { integrity_check: string }[]
    const orphans = file.prepare('pragma foreign_key_check').all() as { table: string }[]
    return [
      ...found.map(row => row.integrity_check).filter(line => line !== 'ok'),
      ...[...new Set(orphans.map(row => row.table))].map(table => `a row of ${table} points nowhere`),
    ]
  } catch (error) {
    // So damaged that the check itself cannot go on.
    if (typeof (error as { errcode?: unknown }).errcode !== 'number') throw error
    return [(error as Error).message]
  } finally {
    file.close()
  }
}

export function fileHash(path: string): string {
  const sha256 = createHash('sha256')
  const file = openSync(path, 'r')
  const buffer = Buffer.allocUnsafe(1024 * 1024)
  try {
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer))
      sha256.update(buffer.subarray(0, read))
  } finally {
    closeSync(file)
  }
  return sha256.digest('hex')
}
