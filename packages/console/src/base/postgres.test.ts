import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Database } from './database.ts'
import { openPostgres } from './database.ts'
import { migrate } from './migrate.ts'
import { readPostgresUrl } from './postgres-url.ts'
import { makeWay } from './testing/cuttable-way.ts'
import type { TestDatabase } from './testing/postgres.ts'
import { makeEmptyDatabase, testCertificates, testDialect } from './testing/postgres.ts'

const organization = (id: string) => ({ id, name: id, created_at: 0 })

describe.runIf(testDialect === 'postgres')('PostgreSQL', () => {
  let made: TestDatabase
  let database: Database
  beforeEach(async () => {
    made = await makeEmptyDatabase()
    database = openPostgres(made.settings)
    await migrate(database)
  })
  afterEach(() => database.close())

  const insert = (id: string, on = database) =>
    on.transaction(handle => handle.insertInto('organizations').values(organization(id)).execute())
  const names = async () =>
    (await database.handle().selectFrom('organizations').select('id').orderBy('id').execute()).map(
      row => row.id,
    )
  const show = async (handle: Parameters<Parameters<Database['transaction']>[0]>[0], name: string) =>
    (await sql<{ value: string }>`select current_setting(${name}) as value`.execute(handle)).rows[0]?.value

  it('waits for the disk and ends what stands still, whatever the server says by default', async () => {
    const database_ = made.settings.database
    await sql.raw(`alter database ${database_} set synchronous_commit = off`).execute(database.writer)
    const other = openPostgres(made.settings)
    const shown = await other.transaction(async handle => [
      await show(handle, 'synchronous_commit'),
      await show(handle, 'statement_timeout'),
      await show(handle, 'lock_timeout'),
      await show(handle, 'idle_in_transaction_session_timeout'),
      await show(handle, 'transaction_isolation'),
    ])
    expect(shown).toEqual(['on', '10s', '5s', '30s', 'read committed'])
    await other.close()
  })

  it('looks at no PG variable', async () => {
    for (const name of ['PGHOST', 'PGUSER', 'PGPASSWORD', 'PGDATABASE', 'PGOPTIONS', 'PGSSLMODE'])
      process.env[name] = name === 'PGSSLMODE' ? 'verify-full' : 'elsewhere'
    try {
      const other = openPostgres(made.settings)
      await insert('a', other)
      await other.close()
    } finally {
      for (const name of Object.keys(process.env)) if (name.startsWith('PG')) delete process.env[name]
    }
    expect(await names()).toEqual(['a'])
  })

  it('sorts text by its bytes, in a database that was made for a language', async () => {
    for (const id of ['b_1', 'B2', 'a', 'ab', 'a_', 'Ä']) await insert(id)
    expect(await names()).toEqual(['B2', 'a', 'a_', 'ab', 'b_1', 'Ä'])
  })

  it('gives times as numbers', async () => {
    const at = 8_640_000_000_000_000
    await database.transaction(handle =>
      handle.insertInto('organizations').values({ id: 'a', name: 'a', created_at: at }).execute(),
    )
    const row = await database.handle().selectFrom('organizations').select('created_at').executeTakeFirst()
    expect(row?.created_at).toBe(at)
  })

  it('refuses a text that PostgreSQL cannot keep as a bad request', async () => {
    await expect(insert('a\u0000b')).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('a hundred that add to one row at once lose none, and a deadlock is said as "try again"', async () => {
    const add = (id: string) =>
      database.transaction(handle =>
        handle
          .insertInto('buckets')
          .values({ id, level: 1, at: 0 })
          .onConflict(conflict =>
            conflict.column('id').doUpdateSet({ level: sql<number>`buckets.level + 1` }),
          )
          .execute(),
      )
    await Promise.all(Array.from({ length: 100 }, () => add('n')))
    await add('m')
    const row = await database
      .handle()
      .selectFrom('buckets')
      .select('level')
      .where('id', '=', 'n')
      .executeTakeFirst()
    expect(row?.level).toBe(100)

    const both = Promise.withResolvers<void>()
    let holding = 0
    const cross = (first: string, second: string) =>
      database.transaction(async () => {
        await add(first)
        if (++holding === 2) both.resolve()
        await both.promise
        await add(second)
      })
    const done = await Promise.allSettled([cross('n', 'm'), cross('m', 'n')])
    expect(done.map(one => one.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(done.find(one => one.status === 'rejected')).toMatchObject({
      reason: { code: 'storage_unavailable' },
    })
  })

  it('is gone and back: refuses meanwhile, in reading, writing and in mid-transaction, and goes on without a restart', async () => {
    const way = await makeWay(made.settings)
    const other = openPostgres({ ...made.settings, port: way.port })
    await insert('before', other)
    const cutInside = other.transaction(async handle => {
      await handle.insertInto('organizations').values(organization('lost')).execute()
      way.cut()
      await handle.insertInto('organizations').values(organization('lost too')).execute()
    })
    await expect(cutInside).rejects.toMatchObject({ code: 'storage_unavailable' })
    for (let i = 0; i < 3; i++) {
      await expect(insert('meanwhile', other)).rejects.toMatchObject({ code: 'storage_unavailable' })
      await expect(other.handle().selectFrom('organizations').select('id').execute()).rejects.toMatchObject({
        code: '08006',
      })
    }
    way.mend()
    await insert('after', other)
    expect(await names()).toEqual(['after', 'before'])
    await other.close()
    way.close()
  })

  it('says so when nothing listens or the password is wrong', async () => {
    for (const wrong of [{ port: 1 }, { password: readPostgresUrl('postgres://a:wrong@h/d').password }]) {
      const other = openPostgres({ ...made.settings, ...wrong })
      await expect(insert('a', other)).rejects.toMatchObject({ code: 'storage_unavailable' })
      await other.close()
    }
  })

  describe('TLS', () => {
    /** Whether the session is encrypted; or that it was refused. */
    async function reach(
      query: string,
      to: { host?: string; port?: number } = {},
    ): Promise<boolean | string> {
      const { host = 'localhost', port = made.settings.port } = to
      const url = `postgres://latchstring:secret@${host}:${port}/${made.settings.database}?${query}`
      const other = openPostgres(readPostgresUrl(url))
      try {
        return await other.transaction(async handle => {
          const { rows } = await sql<{ ssl: boolean }>`
            select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(handle)
          return rows[0]?.ssl ?? false
        })
      } catch (error) {
        return (error as { code?: string }).code ?? 'refused'
      } finally {
        await other.close()
      }
    }
    const root = () => `&sslrootcert=${testCertificates().own}`
    const foreign = () => `&sslrootcert=${testCertificates().foreign}`
    const refused = 'storage_unavailable'

    it('goes as far as sslmode says', async () => {
      expect(await reach('sslmode=disable')).toBe(false)
      expect(await reach('')).toBe(true)
      expect(await reach('sslmode=require')).toBe(true)
    })

    it('verifies the authority, and with verify-full the name', async () => {
      expect(await reach(`sslmode=verify-full${root()}`)).toBe(true)
      expect(await reach(`sslmode=verify-ca${root()}`, { host: '127.0.0.1' })).toBe(true)
      expect(await reach(`sslmode=verify-full${root()}`, { host: '127.0.0.1' })).toBe(refused)
      expect(await reach(`sslmode=require${root()}`, { host: '127.0.0.1' })).toBe(true)
      for (const mode of ['require', 'verify-ca', 'verify-full'])
        expect(await reach(`sslmode=${mode}${foreign()}`)).toBe(refused)
      expect(await reach('sslmode=verify-full')).toBe(refused)
    })

    it('a server that offers none is reached by prefer only, never by what demands it', async () => {
      const plain = await makeWay(made.settings, { offersTls: false })
      expect(await reach('sslmode=prefer', plain)).toBe(false)
      for (const mode of ['require', 'verify-ca', 'verify-full'])
        expect(await reach(`sslmode=${mode}${root()}`, plain)).toBe(refused)
      plain.close()
    })
  })

  it('runs alone among processes what must, and lets go when it fails', async () => {
    const other = openPostgres(made.settings)
    const order: string[] = []
    const held = Promise.withResolvers<void>()
    const first = database.alone('job', async () => {
      order.push('first')
      await held.promise
      order.push('first ends')
      throw new Error('stop')
    })
    const failed = expect(first).rejects.toThrow('stop')
    while (order.length === 0) await delay(5)
    expect(await other.unlessElsewhere('job', async () => 'ran')).toBeUndefined()
    expect(await other.unlessElsewhere('another job', async () => 'ran')).toBe('ran')
    const second = other.alone('job', async () => void order.push('second'))
    held.resolve()
    await Promise.all([failed, second])
    expect(order).toEqual(['first', 'first ends', 'second'])
    expect(await other.unlessElsewhere('job', async () => 'ran')).toBe('ran')
    await other.close()
  })

  it('hears what others commit, nothing that they take back, and again after the session broke', async () => {
    const way = await makeWay(made.settings)
    const other = openPostgres({ ...made.settings, port: way.port })
    let heard = 0
    let wake = () => {}
    const next = (count: number) =>
      new Promise<void>(resolve => {
        wake = () => heard >= count && resolve()
        wake()
      })
    const listening = other.listen('news', () => {
      heard++
      wake()
    })
    await next(1)
    await database
      .transaction(async () => {
        await database.notify('news')
        throw new Error('stop')
      })
      .catch(() => {})
    await database.notify('news')
    await next(2)
    expect(heard).toBe(2)
    way.cut()
    way.mend()
    await next(3)
    await database.notify('news')
    await next(4)
    await listening.close()
    await other.close()
    way.close()
  })
})
