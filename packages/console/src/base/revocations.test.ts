import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Database } from './database.ts'
import type { RevocationFeed } from './revocations.ts'
import { makeRevocations } from './revocations.ts'
import type { TestBase } from './testing/base.ts'
import { makeTestBase } from './testing/base.ts'
import { testDialect } from './testing/postgres.ts'

let base: TestBase
/** What another process has. */
let database: Database
let elsewhere: RevocationFeed
let watching: { close(): Promise<void> }

beforeEach(async () => {
  base = await makeTestBase()
  database = base.openAgain()
  elsewhere = makeRevocations(database, base.now)
  await elsewhere.load()
  watching = elsewhere.watch()
})
afterEach(async () => {
  await watching.close()
  await database.close()
  await base.close()
})

const ids = (feed: RevocationFeed) => feed.since(0).entries.map(entry => entry.id)
const end = (id: string) => base.revocations.add({ kind: 'session', id })
const onPostgres = it.runIf(testDialect === 'postgres')

/** Waits until the other process has learned this, and says how long it took. */
async function learned(id: string): Promise<number> {
  const from = performance.now()
  while (!ids(elsewhere).includes(id)) await delay(2)
  return performance.now() - from
}

it('this process knows when the transaction has committed, another one within a second, each once', async () => {
  for (const id of ['a', 'b', 'c']) {
    await end(id)
    expect(ids(base.revocations)).toContain(id)
    expect(await learned(id)).toBeLessThan(1000)
  }
  expect(ids(elsewhere)).toEqual(['a', 'b', 'c'])
  expect(ids(base.revocations)).toEqual(['a', 'b', 'c'])
})

it('nobody learns what was taken back', async () => {
  await base.database
    .transaction(async () => {
      await end('taken back')
      throw new Error('stop')
    })
    .catch(() => {})
  await end('a')
  await learned('a')
  expect(ids(elsewhere)).toEqual(['a'])
})

it('gives what came after, and counts on over a restart', async () => {
  await end('a')
  await learned('a')
  const { sequence } = elsewhere.since(0)
  expect(elsewhere.since(sequence).entries).toEqual([])
  await end('b')
  await learned('b')
  expect(elsewhere.since(sequence).entries.map(entry => entry.id)).toEqual(['b'])
  base.advance(1000)
  const restarted = makeRevocations(base.database, base.now)
  await restarted.load()
  expect(restarted.since(sequence).entries.map(entry => entry.id)).toEqual(['a', 'b'])
})

onPostgres('misses nothing where a lower sequence is committed after a higher one', async () => {
  const begun = Promise.withResolvers<void>()
  const mayCommit = Promise.withResolvers<void>()
  const late = base.database.transaction(async () => {
    await end('late')
    begun.resolve()
    await mayCommit.promise
  })
  await begun.promise
  const later = makeRevocations(database, base.now)
  for (let i = 0; i < 20; i++) {
    await later.add({ kind: 'key', id: `early ${i}` })
    await learnedHere(later)
  }
  expect(ids(elsewhere)).not.toContain('late')
  mayCommit.resolve()
  await late
  expect(await learned('late')).toBeLessThan(1000)
  expect(new Set(ids(elsewhere)).size).toBe(21)
  expect(ids(elsewhere)).toHaveLength(21)
})

const learnedHere = async (feed: RevocationFeed) => await feed.load()

onPostgres(
  'says that it does not know rather than that nothing has ended, when the database is gone',
  async () => {
    await end('a')
    await learned('a')
    await database.close()
    const from = performance.now()
    let refusal: unknown
    while (refusal === undefined && performance.now() - from < 10_000) {
      try {
        elsewhere.since(0)
        await delay(20)
      } catch (error) {
        refusal = error
      }
    }
    expect(refusal).toMatchObject({ code: 'storage_unavailable' })
  },
)
