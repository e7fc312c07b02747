import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { afterEach, expect, it } from 'vitest'
import { openSqlite } from '../base/database.ts'
import * as auditChain from '../base/migrations/2026-11-22-audit-chain.ts'
import * as auditLines from '../base/migrations/2026-11-22-audit-lines.ts'
import type { TestBase } from '../base/testing/base.ts'
import { testDialect } from '../base/testing/postgres.ts'
import { createOrganization } from '../organizations/service.ts'
import { firstHash, hashLine } from './chain.ts'
import { change, sealLines, system } from './service.ts'
import { addLines, makeChain, rowsOf, sealAll, tamper } from './testing/chain.ts'
import { verifyAudit } from './verify.ts'

let base: TestBase
afterEach(() => base?.close())

/** PostgreSQL refuses such a row by its types; and the killed program of the test opens a file. */
const onSqlite = it.skipIf(testDialect === 'postgres')

const sequences = async () => (await rowsOf(base)).map(row => row.sequence)
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

const sealer = () =>
  spawn(
    process.execPath,
    ['--conditions=@latchstring/source', join(import.meta.dirname, 'testing/seal.ts'), base.folder],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )

it('links every line once, in chunks, each to the one before', async () => {
  const chain = await makeChain(450)
  base = chain.base
  expect(new Set(await sequences())).toEqual(new Set([null]))
  expect(await sealAll(base)).toBe(5)
  expect(await sealLines(base)).toBe(false)
  const rows = await rowsOf(base)
  expect(rows.map(row => row.sequence)).toEqual(upTo(450))
  expect(rows.map(row => row.id)).toEqual(rows.map(row => row.id).sort())
  let hash = firstHash
  for (const row of rows) {
    hash = hashLine(hash, row)
    expect(row.chain_hash).toBe(hash)
  }
  expect(new Set(rows.map(row => row.salt)).size).toBe(450)
})

it('lines that were there before the chain are sealed like any others, and a line that comes late with a lower id too', async () => {
  const chain = await makeChain(20)
  base = chain.base
  await sealAll(base)
  const [first] = await rowsOf(base)
  await base.database.transaction(handle =>
    handle
      .insertInto('audit_lines')
      .values({
        ...(first ?? expect.fail()),
        id: 'audit_000000000000000000000000',
        sequence: null,
        salt: null,
        chain_hash: null,
      })
      .execute(),
  )
  await sealAll(base)
  const rows = await rowsOf(base)
  expect(rows.at(-1)).toMatchObject({ id: 'audit_000000000000000000000000', sequence: 21 })
  expect(await verifyAudit(base)).toMatchObject({ whole: true, organizations: [{ lines: 21, unsealed: 0 }] })
})

it('a database from before the chain gets one, with every line that was there', async () => {
  const chain = await makeChain(250)
  base = chain.base
  const database = openSqlite(join(base.folder, 'older.sqlite'))
  const schema = database.writer as unknown as Kysely<unknown>
  await auditLines.up(schema)
  const rows = (await rowsOf(base)).map(({ sequence, salt, chain_hash, erased, ...row }) => row)
  await database.transaction(handle => handle.insertInto('audit_lines').values(rows).execute())
  await auditChain.up(schema)
  const older = { ...base, database }
  await sealAll(older)
  expect(await verifyAudit(older)).toMatchObject({
    whole: true,
    organizations: [{ lines: 250, unsealed: 0 }],
  })
  await database.close()
})

it('each organisation has a chain of its own', async () => {
  const chain = await makeChain(10)
  base = chain.base
  const other = await createOrganization(base, 'Other')
  for (let i = 0; i < 3; i++) await change(base, system(other.id), 'policies.deleted', async () => {})
  await sealAll(base)
  const lines = (await verifyAudit(base)).organizations.map(one => [one.organization, one.lines])
  expect(new Map(lines as [string, number][])).toEqual(
    new Map([
      [chain.id, 10],
      [other.id, 3],
    ]),
  )
})

onSqlite('a row that cannot be encoded is said in the log and holds up no other organisation', async () => {
  const chain = await makeChain(5)
  base = chain.base
  const [row] = await rowsOf(base)
  await tamper(base, row?.id ?? '', { address: Buffer.from([1]) as unknown as string })
  const other = await createOrganization(base, 'Other')
  await change(base, system(other.id), 'policies.deleted', async () => {})
  await sealAll(base)
  expect(base.logged.join()).toContain('audit lines could not be sealed')
  const report = await verifyAudit(base)
  expect(report.organizations.find(one => one.organization === other.id)).toMatchObject({
    lines: 1,
    unsealed: 0,
  })
  expect(report.organizations.find(one => one.organization === chain.id)).toMatchObject({
    lines: 0,
    unsealed: 5,
  })
})

it('two sealers at once link every line once', async () => {
  const chain = await makeChain(900)
  base = chain.base
  if (base.database.dialect === 'sqlite') {
    const [one, other] = [sealer(), sealer()]
    const codes = await Promise.all([once(one, 'exit'), once(other, 'exit')])
    expect(codes.map(([code]) => code)).toEqual([0, 0])
  } else await Promise.all([sealAll(base), sealAll(base), sealAll(base)])
  expect(await sequences()).toEqual(upTo(900))
  expect(await verifyAudit(base)).toMatchObject({ whole: true, organizations: [{ lines: 900, unsealed: 0 }] })
})

onSqlite('a sealer killed between chunks leaves a whole chain, and the next one goes on', async () => {
  const chain = await makeChain(1500)
  base = chain.base
  const killed = sealer()
  await once(killed.stdout, 'data')
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  const half = (await verifyAudit(base)).organizations[0]
  expect(half?.fault).toBeNull()
  expect(half?.lines).toBeGreaterThanOrEqual(100)
  await sealAll(base)
  expect(await verifyAudit(base)).toMatchObject({
    whole: true,
    organizations: [{ lines: 1500, unsealed: 0 }],
  })
})

it('10,000 lines are sealed, and the log of the test says how fast', async () => {
  const chain = await makeChain(10_000)
  base = chain.base
  const before = performance.now()
  expect(await sealAll(base)).toBe(101)
  const sealing = performance.now() - before
  expect(await verifyAudit(base)).toMatchObject({
    whole: true,
    organizations: [{ lines: 10_000, unsealed: 0 }],
  })
  const verifying = performance.now() - before - sealing
  const rate = (ms: number) => Math.round(10_000_000 / ms).toLocaleString('en')
  console.log(`sealed ${rate(sealing)} lines a second, verified ${rate(verifying)}`)
  await addLines(base, chain.actor, 1)
})
