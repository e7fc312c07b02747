import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { DatabaseSync } from 'node:sqlite'
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, Kysely, QueryResult } from 'kysely'
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'

/**
 * Kysely on node:sqlite. One connection writes (WAL, synchronous=FULL, every transaction begins IMMEDIATE, so that two
 * never fail half-way by upgrading), another one reads and cannot write: a write outside a transaction is an error.
 */
export function sqliteDialect(path: string, access: 'write' | 'read'): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new SqliteDriver(path, access),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** How long a statement waits for another process (a `latchstring` command on the same host), milliseconds. */
const busyTimeoutMs = 5000

function openFile(path: string, access: 'write' | 'read'): DatabaseSync {
  const file = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true })
  if (access === 'write') file.exec('PRAGMA journal_mode = WAL')
  file.exec('PRAGMA synchronous = FULL')
  if (access === 'read') file.exec('PRAGMA query_only = ON')
  return file
}

class SqliteDriver implements Driver {
  readonly #path: string
  readonly #access: 'write' | 'read'
  #connection: SqliteConnection | undefined
  #turn: Promise<void> = Promise.resolve()
  #release: (() => void) | undefined

  constructor(path: string, access: 'write' | 'read') {
    this.#path = path
    this.#access = access
  }

  async init() {
    this.#connection = new SqliteConnection(openFile(this.#path, this.#access))
  }

  /** The writer takes turns; readers need none, since each statement runs to its end at once. */
  async acquireConnection() {
    if (this.#connection === undefined) throw new Error('the database is closed')
    if (this.#access === 'write') {
      const before = this.#turn
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#turn = promise
      await before
      this.#release = resolve
    }
    return this.#connection
  }

  async releaseConnection() {
    this.#release?.()
  }

  async beginTransaction(connection: DatabaseConnection) {
    await connection.executeQuery(raw(this.#access === 'write' ? 'begin immediate' : 'begin'))
  }

  async commitTransaction(connection: DatabaseConnection) {
    await connection.executeQuery(raw('commit'))
  }

  /** A full disk or a failing one has rolled back already (sqlite.org/lang_transaction.html): that error is the one to hear. */
  async rollbackTransaction(connection: DatabaseConnection) {
    if (this.#connection?.inTransaction === true) await connection.executeQuery(raw('rollback'))
  }

  async destroy() {
    this.#connection?.close()
    this.#connection = undefined
  }
}

const raw = (sql: string) => ({ sql, parameters: [], query: { kind: 'RawNode' } }) as unknown as CompiledQuery

/** Prepared statements kept per connection; the set of SQL texts of this program is small and fixed. */
const mostStatements = 500

/** A page that was read damaged (corrupt, not a database) would stay in memory when the file is whole again. */
function forgetBadPages(file: DatabaseSync, error: unknown): void {
  const { errcode = 0 } = error as { errcode?: number }
  if ([11, 26].includes(errcode & 0xff)) file.exec('PRAGMA shrink_memory')
}

class SqliteConnection implements DatabaseConnection {
  readonly #file: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(file: DatabaseSync) {
    this.#file = file
  }

  get inTransaction(): boolean {
    return this.#file.isTransaction
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      return this.#execute(query)
    } catch (error) {
      forgetBadPages(this.#file, error)
      throw error
    }
  }

  #execute<R>(query: CompiledQuery): QueryResult<R> {
    const statement = this.#prepare(query.sql)
    const parameters = query.parameters as SQLInputValue[]
    if (statement.columns().length > 0) return { rows: statement.all(...parameters) as R[] }
    const { changes, lastInsertRowid } = statement.run(...parameters)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  // biome-ignore lint/correctness/useYield: node:sqlite has no cursor that survives an await; nothing here streams.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming is not offered; page by key instead')
  }

  close() {
    this.#statements.clear()
    this.#file.close()
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#file.prepare(sql)
      if (this.#statements.size >= mostStatements) this.#statements.clear()
      this.#statements.set(sql, statement)
    }
    return statement
  }
}
