import { Failure } from '@latchstring/protocol'

/** SQLite's extended result codes: unique (2067), primary key (1555), foreign key (787). */
const sqliteConflicts = new Set([2067, 1555, 787])
/** Primary SQLite codes that mean the storage, not the request, is at fault: busy, locked, read-only, I/O, full, open, corrupt. */
const sqliteFaults = new Set([5, 6, 8, 10, 11, 13, 14, 26])
/** PostgreSQL: unique and foreign-key violations (class 23). */
const postgresConflicts = new Set(['23505', '23503'])
/** PostgreSQL classes: connection, resources, operator intervention, read-only transaction, system error. */
const postgresFaults = /^(08|53|57|58|25006)/

/** Turns what a database throws into what the caller should hear. Anything else passes unchanged. */
export function asFailure(error: unknown): unknown {
  if (error instanceof Failure || !(error instanceof Error)) return error
  const { code, errcode } = error as Error & { code?: unknown; errcode?: unknown }
  if (typeof errcode === 'number') {
    if (sqliteConflicts.has(errcode)) return new Failure('conflict', { cause: error })
    if (sqliteFaults.has(errcode & 0xff)) return new Failure('storage_unavailable', { cause: error })
  }
  if (typeof code === 'string') {
    if (postgresConflicts.has(code)) return new Failure('conflict', { cause: error })
    if (postgresFaults.test(code) || code === 'ECONNREFUSED' || code === 'ECONNRESET') {
      return new Failure('storage_unavailable', { cause: error })
    }
  }
  return error
}
