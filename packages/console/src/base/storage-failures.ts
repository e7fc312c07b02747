import { Failure } from '@latchstring/protocol'

/** SQLite's extended result codes: unique (2067), primary key (1555), foreign key (787). */
const sqliteConflicts = new Set([2067, 1555, 787])
/** Primary SQLite codes that mean the storage, not the request, is at fault: busy, locked, read-only, I/O, full, open, corrupt. */
const sqliteFaults = new Set([5, 6, 8, 10, 11, 13, 14, 26])
/** PostgreSQL: unique and foreign-key violations (class 23). */
const postgresConflicts = new Set(['23505', '23503'])
/**
 * PostgreSQL: connection, resources, operator intervention and time limits, system error, corruption; read-only
 * transaction (a standby), time spent idle; deadlock, serialisation and lock time limit, where trying again helps.
 */
const postgresFaults = /^(08|53|57|58|XX00[12]|25006|25P03|40001|40P01|55P03)/
/** PostgreSQL: a text with U+0000, which it cannot keep. */
const postgresUnstorable = new Set(['22021', '22P05'])

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
    if (postgresFaults.test(code)) return new Failure('storage_unavailable', { cause: error })
    if (postgresUnstorable.has(code)) {
      return new Failure('invalid_request', { message: 'A text holds a character that cannot be stored.' })
    }
  }
  return error
}
