import { Failure } from '@latchstring/protocol'
import type { Revocation, Revocations } from '@latchstring/protocol/gateway-contract'
import { sql } from 'kysely'
import type { Database } from './database.ts'

/** Longest time that something already verified may be remembered elsewhere: no access token lives longer. */
const keptMs = 24 * 3600 * 1000
/** Where no word comes from the database, it is asked this often. */
const pollMs = 500
/** Whoever has not heard from the database for so long no longer knows what has ended, and says so. */
const deafMs = 5_000

const channel = 'latchstring_revocations'

/**
 * What ended or changed. Written in the transaction that ends it, read from memory: the gateway asks before every
 * request. What another process wrote is learned within a second; what this one wrote is known when it has committed.
 */
export type RevocationFeed = {
  /** Call within the transaction that ends the thing. */
  add(entry: Revocation): Promise<void>
  /**
   * What was learned after `sequence`, which counts what this process has learned and starts from its clock, so that it
   * is above everything an earlier process said.
   *
   * @throws Failure `storage_unavailable` when it watches and has heard nothing for too long
   */
  since(sequence: number): Revocations
  /** Reads what was written before. */
  load(): Promise<void>
  /** Goes on learning what other processes write. */
  watch(): { close(): Promise<void> }
}

export function makeRevocations(database: Database, now: () => number): RevocationFeed {
  let entries: { position: number; entry: Revocation & { at: number } }[] = []
  let newest = now() * 1000
  let heardAt = Number.POSITIVE_INFINITY
  const nothing: readonly Revocation[] = []
  const reader = makeRowReader(database)

  const keep = (entry: Revocation & { at: number }) => {
    entries.push({ position: ++newest, entry })
    const old = entries.findIndex(one => one.entry.at >= now() - keptMs)
    if (old > 0) entries = entries.slice(old)
  }
  const learn = async () => {
    const asked = performance.now()
    for (const row of await reader.read()) keep({ kind: row.kind, id: row.subject, at: row.at })
    heardAt = asked
  }
  return {
    async add(entry) {
      const at = now()
      await database.transaction(async handle => {
        await database.notify(channel)
        const { sequence } = await handle
          .insertInto('revocations')
          .values({ kind: entry.kind, subject: entry.id, at })
          .returning('sequence')
          .executeTakeFirstOrThrow()
        database.afterCommit(() => {
          if (reader.isNew(sequence)) keep({ ...entry, at })
        })
      })
    },
    since(sequence) {
      if (performance.now() - heardAt > deafMs) throw new Failure('storage_unavailable')
      if (sequence >= newest) return { sequence: newest, entries: nothing }
      const known = entries.findLastIndex(one => one.position <= sequence) + 1
      return { sequence: newest, entries: entries.slice(known).map(one => one.entry) }
    },
    async load() {
      await database.transaction(handle =>
        handle
          .deleteFrom('revocations')
          .where('at', '<', now() - keptMs)
          .execute(),
      )
      await learn()
      // Until it watches, this process is the only one.
      heardAt = Number.POSITIVE_INFINITY
    },
    watch() {
      heardAt = performance.now()
      const rounds = makeRounds(learn)
      const listening = database.listen(channel, rounds.again)
      const timer = setInterval(rounds.again, pollMs)
      timer.unref()
      return {
        async close() {
          clearInterval(timer)
          heardAt = Number.POSITIVE_INFINITY
          await listening.close()
          await rounds.end()
        },
      }
    },
  }
}

/** One round at a time; one that is asked for meanwhile follows. A round that fails waits for the next. */
function makeRounds(work: () => Promise<void>) {
  let running: Promise<void> | undefined
  let asked = false
  const run = async () => {
    while (asked) {
      asked = false
      await work().catch(() => {})
    }
    running = undefined
  }
  return {
    again: () => {
      asked = true
      running ??= run()
    },
    async end() {
      await running
    },
  }
}

type Row = { sequence: number; kind: Revocation['kind']; subject: string; at: number }

/**
 * Reads rows by their sequence, each once. On PostgreSQL a lower sequence may be committed after a higher one: the place
 * to go on from moves up to a sequence only once every transaction has ended that had begun when it was first seen. (A
 * transaction gets its number before its first sequence: `notify` sees to that.)
 */
function makeRowReader(database: Database) {
  /** Everything up to here has been read. */
  let floor = 0
  /** Read already, above the floor. */
  const read = new Set<number>()
  let next: { floor: number; transactions: bigint } | undefined

  const raise = (to: number) => {
    floor = to
    for (const sequence of read) if (sequence <= floor) read.delete(sequence)
  }
  const isNew = (sequence: number) => {
    if (sequence <= floor || read.has(sequence)) return false
    read.add(sequence)
    return true
  }
  return {
    /** Whether this row was not seen before; notes it. */
    isNew,
    async read(): Promise<Row[]> {
      const { rows, oldest, upcoming } = await select(database, floor)
      const fresh = rows.filter(row => isNew(row.sequence))
      const highest = rows.at(-1)?.sequence ?? floor
      if (next !== undefined && oldest >= next.transactions) {
        raise(next.floor)
        next = undefined
      }
      if (next === undefined && highest > floor) next = { floor: highest, transactions: upcoming }
      return fresh
    },
  }
}

/** The rows above `floor`, the oldest transaction that is open and the number that the next one gets. */
async function select(
  database: Database,
  floor: number,
): Promise<{ rows: Row[]; oldest: bigint; upcoming: bigint }> {
  const handle = database.handle()
  if (database.dialect === 'sqlite') {
    const rows = await handle
      .selectFrom('revocations')
      .selectAll()
      .where('sequence', '>', floor)
      .orderBy('sequence')
      .execute()
    return { rows, oldest: 1n, upcoming: 0n }
  }
  const { rows } = await sql<{ [K in keyof Row]: Row[K] | null } & { oldest: string; upcoming: string }>`
    select r.sequence, r.kind, r.subject, r.at, s.oldest, s.upcoming
    from (select pg_snapshot_xmin(pg_current_snapshot())::text as oldest,
                 pg_snapshot_xmax(pg_current_snapshot())::text as upcoming) s
    left join revocations r on r.sequence > ${floor} order by r.sequence`.execute(handle)
  const [first] = rows
  return {
    rows: rows.filter((row): row is typeof row & Row => row.sequence !== null),
    oldest: BigInt(first?.oldest ?? 0),
    upcoming: BigInt(first?.upcoming ?? 0),
  }
}
