import { AsyncLocalStorage } from 'node:async_hooks'
import type { KyselyPlugin, Transaction } from 'kysely'
import { Kysely } from 'kysely'
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
  /** For the migrator only. */
  writer: Kysely<Tables>
  dialect: 'sqlite' | 'postgres'
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
  return makeDatabase(writer, reader, 'sqlite')
}

export function makeDatabase(
  writer: Kysely<Tables>,
  reader: Kysely<Tables>,
  dialect: Database['dialect'],
): Database {
  return {
    writer,
    dialect,
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
    async close() {
      await reader.destroy()
      await writer.destroy()
    },
  }
}
