import { AsyncLocalStorage } from 'node:async_hooks'
import type { KyselyPlugin, Transaction } from 'kysely'
import { Kysely, sql } from 'kysely'
import { textByBytes } from './postgres-columns.ts'
import { postgresDialect } from './postgres-driver.ts'
import { listen } from './postgres-listener.ts'
import type { PostgresSettings } from './postgres-url.ts'
import { sqliteDialect } from './sqlite-driver.ts'
import { asFailure } from './storage-failures.ts'
import type { Tables } from './tables.ts'

/** A handle to ask the database with: the open transaction where there is one, else the reader. */
export type Handle = Kysely<Tables> | Transaction<Tables>

/**
 * The database as features see it: `handle()` to ask, `transaction()` to write. There is no other way to write.
 */
export type Database = {
  /** The open transaction of this flow of calls, or the reader. */
  handle(): Handle
  /**
   * Runs work in one transaction; joins the open one where there is one. Rolled back when work throws. Faults of the
   * storage come out as `Failure('storage_unavailable')`, uniqueness as `Failure('conflict')`.
   */
  transaction<T>(work: (handle: Transaction<Tables>) => Promise<T>): Promise<T>
  /** Runs after the open transaction has committed, or at once where there is none. Never runs after a roll-back. */
  afterCommit(act: () => void): void
  /** For the migrator only: no statement of it is ended by a time limit. */
  writer: Kysely<Tables>
  dialect: 'sqlite' | 'postgres'
  /** Runs work that no other server process on this database may run at the same time: waits for the other's end. */
  alone<T>(name: string, work: () => Promise<T>): Promise<T>
  /** The same without waiting: while another process runs it, it is not run here. */
  unlessElsewhere<T>(name: string, work: () => Promise<T>): Promise<T | undefined>
  /** Calls `heard` after other processes committed a `notify` on this channel, and whenever some may have been missed. */
  listen(channel: string, heard: () => void): { close(): Promise<void> }
  /** Tells the other processes, once the open transaction commits. Gives the transaction its number. */
  notify(channel: string): Promise<void>
  close(): Promise<void>
}

type Flow = { transaction: Transaction<Tables>; afterCommit: (() => void)[] }

const flows = new AsyncLocalStorage<Flow>()

/**
 * Throws where a handle other than the open transaction's is used inside a transaction. Without it SQLite would wait for
 * itself for ever and PostgreSQL would silently write outside the transaction.
 */
const noStrayHandle: KyselyPlugin = {
  transformQuery({ node }) {
    if (flows.getStore() !== undefined)
      throw new Error('a database handle from outside the open transaction was used')
    return node
  },
  async transformResult({ result }) {
    return result
  },
}

export function openSqlite(path: string): Database {
  // The writer opens first: it creates the file and turns on write-ahead logging.
  const writer = new Kysely<Tables>({ dialect: sqliteDialect(path, 'write') })
  const reader = new Kysely<Tables>({ dialect: sqliteDialect(path, 'read'), plugins: [noStrayHandle] })
  return {
    ...makeTransactions(writer, reader),
    writer,
    dialect: 'sqlite',
    // The data folder belongs to one server (`data-lock.ts`), and jobs of one process never overlap.
    alone: (_name, work) => work(),
    unlessElsewhere: (_name, work) => work(),
    listen: () => ({ close: async () => {} }),
    notify: async () => {},
    async close() {
      await reader.destroy()
      await writer.destroy()
    },
  }
}

/** Opens nothing yet: sessions are made when they are needed, and made anew after the server was gone. */
export function openPostgres(settings: PostgresSettings): Database {
  const writer = new Kysely<Tables>({ dialect: postgresDialect(settings, 'write') })
  const reader = new Kysely<Tables>({ dialect: postgresDialect(settings, 'read'), plugins: [noStrayHandle] })
  const migrator = new Kysely<Tables>({
    dialect: postgresDialect(settings, 'migrate'),
    plugins: [textByBytes],
  })
  const transactions = makeTransactions(writer, reader)
  return {
    ...transactions,
    writer: migrator,
    dialect: 'postgres',
    alone: (name, work) => runAlone(migrator, name, 'wait', work) as ReturnType<typeof work>,
    unlessElsewhere: (name, work) => runAlone(migrator, name, 'skip', work),
    listen: (channel, heard) => listen(settings, channel, heard),
    notify: channel =>
      transactions.transaction(async handle => {
        await sql`select pg_current_xact_id()::text, pg_notify(${channel}, '')`.execute(handle)
      }),
    async close() {
      await Promise.all([reader.destroy(), writer.destroy(), migrator.destroy()])
    },
  }
}

/** An advisory lock of a session: it ends with the session, however the process ends. */
async function runAlone<T>(
  sessions: Kysely<Tables>,
  name: string,
  otherwise: 'wait' | 'skip',
  work: () => Promise<T>,
): Promise<T | undefined> {
  return await sessions.connection().execute(async session => {
    const key = sql`hashtextextended(${`latchstring/${name}`}, 0)`
    if (otherwise === 'wait') await sql`select pg_advisory_lock(${key})`.execute(session)
    else {
      const { rows } = await sql<{ got: boolean }>`select pg_try_advisory_lock(${key}) as got`.execute(
        session,
      )
      if (rows[0]?.got !== true) return undefined
    }
    try {
      return await work()
    } finally {
      await sql`select pg_advisory_unlock(${key})`.execute(session)
    }
  })
}

function makeTransactions(
  writer: Kysely<Tables>,
  reader: Kysely<Tables>,
): Pick<Database, 'handle' | 'transaction' | 'afterCommit'> {
  return {
    handle: () => flows.getStore()?.transaction ?? reader,
    async transaction(work) {
      const open = flows.getStore()
      if (open !== undefined) return await work(open.transaction)
      const afterCommit: (() => void)[] = []
      let result: Awaited<ReturnType<typeof work>>
      try {
        result = await writer
          .transaction()
          .execute(transaction => flows.run({ transaction, afterCommit }, () => work(transaction)))
      } catch (error) {
        throw asFailure(error)
      }
      for (const act of afterCommit) act()
      return result
    },
    afterCommit(act) {
      const open = flows.getStore()
      if (open === undefined) act()
      else open.afterCommit.push(act)
    },
  }
}
