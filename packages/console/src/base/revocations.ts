import type { Revocation, Revocations } from '@latchstring/protocol/gateway-contract'
import type { Database } from './database.ts'

/** Longest time that something already verified may be remembered elsewhere: no access token lives longer. */
const keptMs = 24 * 3600 * 1000

/**
 * What ended or changed, in order. Written in the transaction that ends it, read from memory: the gateway asks before
 * every request.
 */
export type RevocationFeed = {
  /** Call within the transaction that ends the thing. */
  add(entry: Revocation): Promise<void>
  since(sequence: number): Revocations
  /** Reads what an earlier process wrote. */
  load(): Promise<void>
}

export function makeRevocations(database: Database, now: () => number): RevocationFeed {
  let entries: { sequence: number; entry: Revocation }[] = []
  let newest = 0
  const nothing: readonly Revocation[] = []
  return {
    async add(entry) {
      const at = now()
      const row = await database.transaction(handle =>
        handle
          .insertInto('revocations')
          .values({ kind: entry.kind, subject: entry.id, at })
          .returning('sequence')
          .executeTakeFirstOrThrow(),
      )
      database.afterCommit(() => {
        newest = Number(row.sequence)
        entries.push({ sequence: newest, entry: { ...entry, at } })
        const old = entries.findIndex(one => (one.entry.at ?? at) >= at - keptMs)
        if (old > 0) entries = entries.slice(old)
      })
    },
    since(sequence) {
      if (sequence >= newest) return { sequence: newest, entries: nothing }
      const known = entries.findLastIndex(one => one.sequence <= sequence) + 1
      return { sequence: newest, entries: entries.slice(known).map(one => one.entry) }
    },
    async load() {
      await database.transaction(handle =>
        handle
          .deleteFrom('revocations')
          .where('at', '<', now() - keptMs)
          .execute(),
      )
      const rows = await database.handle().selectFrom('revocations').selectAll().orderBy('sequence').execute()
      entries = rows.map(row => ({
        sequence: Number(row.sequence),
        entry: { kind: row.kind, id: row.subject, at: row.at },
      }))
      newest = entries.at(-1)?.sequence ?? 0
    },
  }
}
