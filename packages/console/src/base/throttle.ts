import { isIPv6 } from 'node:net'
import { Failure } from '@latchstring/protocol'
import { sql } from 'kysely'
import type { Base } from './base.ts'

/** How often something may be tried: `burst` at once, then one more every `everySeconds`. */
export type Rate = { burst: number; everySeconds: number }

/**
 * Takes one try from a bucket; the row is claimed by one statement, so that two at once never share a try.
 *
 * @param name what is limited and for whom, for example `user-code/user_1`
 * @throws Failure `rate_limited` with `retry-after` when the bucket is empty
 */
export async function throttle(base: Base, name: string, rate: Rate): Promise<void> {
  const now = base.now()
  /**
   * What has drained since: nothing when the clock was set back, which must shut nobody out. A double, since PostgreSQL
   * divides whole numbers to a whole number.
   */
  const drained = sql<number>`(case when buckets.at > ${now} then 0 else cast(${now} - buckets.at as double precision) / ${rate.everySeconds * 1000} end)`
  const taken = await base.database.transaction(handle =>
    handle
      .insertInto('buckets')
      .values({ id: name, level: 1, at: now })
      .onConflict(conflict =>
        conflict
          .column('id')
          .doUpdateSet({
            level: sql<number>`case when buckets.level - ${drained} < 0 then 1 else buckets.level - ${drained} + 1 end`,
            at: now,
          })
          .where(sql<boolean>`buckets.level - ${drained} + 1 <= ${rate.burst}`),
      )
      .returning('level')
      .executeTakeFirst(),
  )
  if (taken === undefined) {
    throw new Failure('rate_limited', { headers: { 'retry-after': String(Math.ceil(rate.everySeconds)) } })
  }
}

/** Gives a try back that turned out to be none, for example the right code. */
export async function giveBack(base: Base, name: string): Promise<void> {
  await base.database.transaction(handle =>
    handle
      .updateTable('buckets')
      .set({ level: sql<number>`buckets.level - 1` })
      .where('id', '=', name)
      .where('level', '>=', 1)
      .execute(),
  )
}

/**
 * What an address is counted as: IPv6 by its /64, which one household or host owns whole, and loopback as one: any
 * program on this machine may send from ::1 and from all of 127.0.0.0/8 (RFC 1122 §3.2.1.3).
 */
export function addressBlock(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  const plain = mapped?.[1] ?? address
  if (plain.startsWith('127.') || plain === '::1') return '127.0.0.0/8'
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups =
    tail === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill('0'), ...right]
  return `${groups
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
