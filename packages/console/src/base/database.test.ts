import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openSqlite } from './database.ts'
import { migrate } from './migrate.ts'
import type { TestBase } from './testing/base.ts'
import { makeTestBase } from './testing/base.ts'
import { testDialect } from './testing/postgres.ts'

const onSqlite = it.runIf(testDialect === 'sqlite')

let base: TestBase
beforeEach(async () => {
  base = await makeTestBase()
})
afterEach(() => base.close())

const organization = (id: string) => ({ id, name: id, created_at: 0 })
const count = async () =>
  (await base.database.handle().selectFrom('organizations').select('id').execute()).length

it('takes a transaction back whole when it throws', async () => {
  const failing = base.database.transaction(async handle => {
    await handle.insertInto('organizations').values(organization('a')).execute()
    throw new Error('stop')
  })
  await expect(failing).rejects.toThrow('stop')
  expect(await count()).toBe(0)
})

it('joins an open transaction, so that an inner failure takes the outer one back', async () => {
  const outer = base.database.transaction(async handle => {
    await handle.insertInto('organizations').values(organization('a')).execute()
    await base.database.transaction(async inner => {
      await inner.insertInto('organizations').values(organization('b')).execute()
      throw new Error('stop')
    })
  })
  await expect(outer).rejects.toThrow('stop')
  expect(await count()).toBe(0)
})

it('sees its own writes inside a transaction, and nobody else does before it commits', async () => {
  const outside = base.database.handle()
  let inside = 0
  await base.database.transaction(async handle => {
    await handle.insertInto('organizations').values(organization('a')).execute()
    inside = (await base.database.handle().selectFrom('organizations').select('id').execute()).length
    await expect(outside.selectFrom('organizations').select('id').execute()).rejects.toThrow(
      /outside the open transaction/,
    )
  })
  expect(inside).toBe(1)
  expect(await count()).toBe(1)
})

it('cannot write outside a transaction', async () => {
  const stray = base.database.handle().insertInto('organizations').values(organization('a')).execute()
  await expect(stray).rejects.toThrow()
  expect(await count()).toBe(0)
})

onSqlite('runs a hundred transactions at once one after the other, losing none', async () => {
  await base.database.transaction(handle =>
    handle.insertInto('buckets').values({ id: 'n', level: 0, at: 0 }).execute(),
  )
  await Promise.all(
    Array.from({ length: 100 }, () =>
      base.database.transaction(async handle => {
        const { level } = await handle
          .selectFrom('buckets')
          .select('level')
          .where('id', '=', 'n')
          .executeTakeFirstOrThrow()
        await new Promise(resolve => setImmediate(resolve))
        await handle
          .updateTable('buckets')
          .set({ level: level + 1 })
          .where('id', '=', 'n')
          .execute()
      }),
    ),
  )
  const row = await base.database.handle().selectFrom('buckets').select('level').executeTakeFirstOrThrow()
  expect(row.level).toBe(100)
})

it('acts after a commit, never after a roll-back', async () => {
  const acted: string[] = []
  await base.database.transaction(async () => base.database.afterCommit(() => acted.push('kept')))
  await base.database
    .transaction(async () => {
      base.database.afterCommit(() => acted.push('lost'))
      throw new Error('stop')
    })
    .catch(() => {})
  expect(acted).toEqual(['kept'])
})

it('says "conflict" for what is there twice and keeps going', async () => {
  const insert = () =>
    base.database.transaction(handle =>
      handle.insertInto('organizations').values(organization('a')).execute(),
    )
  await insert()
  await expect(insert()).rejects.toMatchObject({ code: 'conflict' })
  expect(await count()).toBe(1)
})

onSqlite('writes ahead and syncs fully', async () => {
  await base.database.transaction(async handle => {
    const mode = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(handle)
    const sync = await sql<{ synchronous: number }>`pragma synchronous`.execute(handle)
    expect([mode.rows[0]?.journal_mode, sync.rows[0]?.synchronous]).toEqual(['wal', 2])
  })
})

it('migrates once: a second time does nothing, and a second opening finds the data', async () => {
  await base.database.transaction(handle =>
    handle.insertInto('organizations').values(organization('a')).execute(),
  )
  expect(await migrate(base.database)).toEqual([])
  const again = base.openAgain()
  expect(await again.handle().selectFrom('organizations').select('id').execute()).toEqual([{ id: 'a' }])
  await again.close()
})

onSqlite('says the storage is at fault when the file is no database', async () => {
  const path = join(base.folder, 'broken.sqlite')
  const bytes = readFileSync(join(base.folder, 'latchstring.sqlite'))
  bytes.fill(0x55, 0, 200)
  const { writeFileSync } = await import('node:fs')
  writeFileSync(path, bytes)
  const broken = openSqlite(path)
  await expect(
    broken.transaction(handle => handle.insertInto('organizations').values(organization('a')).execute()),
  ).rejects.toMatchObject({ code: 'storage_unavailable' })
  await broken.close()
})
