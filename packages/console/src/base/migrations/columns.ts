import type { CreateTableBuilder } from 'kysely'

/** How a growing number is declared: the one thing that SQLite and PostgreSQL spell differently. */
export type Dialect = 'sqlite' | 'postgres'

export function growing<T extends string>(table: CreateTableBuilder<T>, column: string, dialect: Dialect) {
  return dialect === 'sqlite'
    ? table.addColumn(column, 'integer', c => c.primaryKey().autoIncrement())
    : table.addColumn(column, 'bigserial', c => c.primaryKey())
}
