import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '@latchstring/protocol'
import { newId } from '@latchstring/protocol/base/ids'
import type { UsageRow } from '@latchstring/protocol/gateway-contract'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TestBase } from '../base/testing/base.ts'
import { makeTestBase } from '../base/testing/base.ts'
import { makeWay } from '../base/testing/cuttable-way.ts'
import type { TestDatabase } from '../base/testing/postgres.ts'
import { giveBack, makeMigratedDatabase, testDialect } from '../base/testing/postgres.ts'
import { createOrganization } from '../organizations/service.ts'
import type { Journal } from './journal.ts'
import { openJournal } from './journal.ts'
import { openPostgresJournal } from './postgres-journal.ts'
import { selectCalls, selectCallsAfter, sumCalls, sumCallsByDay } from './queries.ts'
import { auditCalls } from './service.ts'

let folder: string
let made: TestDatabase | undefined
let journal: Journal
/** Opens the same journal once more, as another process would. */
let open: () => Promise<Journal>

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchstring-journal-'))
  const database = testDialect === 'postgres' ? await makeMigratedDatabase() : undefined
  made = database
  open = async () =>
    database === undefined
      ? await openJournal(join(folder, 'usage.sqlite'))
      : openPostgresJournal(database.settings)
  journal = await open()
})
afterEach(async () => {
  await journal.close()
  if (made !== undefined) await giveBack(made)
  rmSync(folder, { recursive: true, force: true })
})

const row = (more: Partial<UsageRow> = {}): UsageRow => ({
  id: newId('usage'),
  requestId: newId('request'),
  at: Date.UTC(2026, 1, 1, 12),
  durationMs: 5,
  organizationId: 'org',
  personId: 'user_a',
  sessionId: 'session_a',
  keyId: null,
  agentSessionId: null,
  address: '127.0.0.1',
  endpoint: 'messages',
  providerId: 'provider_a',
  providerKind: 'sandbox',
  providerRequestId: null,
  model: 'sandbox',
  stream: true,
  status: 200,
  outcome: 'complete',
  inputTokens: 10,
  outputTokens: 20,
  cacheReadTokens: 1,
  cacheWrite5mTokens: 2,
  cacheWrite1hTokens: 3,
  counted: true,
  ...more,
})

/** Sequences go on in a database that was used before. */
const beforeFirst = async () => ((await selectCallsAfter(journal.reader, 0, 1))[0]?.sequence ?? 1) - 1

const everybody = { organizationId: 'org', personId: undefined, model: undefined }

it('has every row on disk when record resolves, however many come at once', async () => {
  await Promise.all(Array.from({ length: 2000 }, () => journal.record(row())))
  const other = await open()
  expect(await selectCallsAfter(other.reader, await beforeFirst(), 3000)).toHaveLength(2000)
  await other.close()
})

it('refuses a row that it cannot keep, and goes on with the next', async () => {
  const twice = row()
  await journal.record(twice)
  await expect(journal.record(twice)).rejects.toBeInstanceOf(Failure)
  await journal.record(row())
  expect(await selectCallsAfter(journal.reader, 0, 10)).toHaveLength(2)
})

it('refuses rows after it was closed, rather than lose them unsaid', async () => {
  const closed = await open()
  await closed.close()
  await expect(closed.record(row())).rejects.toMatchObject({ code: 'storage_unavailable' })
})

it('opens again with what was there', async () => {
  await journal.record(row())
  await journal.close()
  journal = await open()
  await journal.record(row())
  expect(await selectCallsAfter(journal.reader, 0, 10)).toHaveLength(2)
})

it('shows one organisation its own calls, one person theirs, newest first', async () => {
  const mine = row({ personId: 'user_a' })
  const theirs = row({ personId: 'user_b' })
  for (const one of [mine, theirs, row({ organizationId: 'other' })]) await journal.record(one)
  const ids = async (personId: string | undefined) =>
    (await selectCalls(journal.reader, { ...everybody, personId }, 'older', undefined, 10)).map(
      call => call.id,
    )
  expect(await ids(undefined)).toEqual([theirs.id, mine.id])
  expect(await ids('user_a')).toEqual([mine.id])
  expect(await sumCalls(journal.reader, everybody, 0)).toEqual({
    calls: 2,
    input_tokens: 32,
    output_tokens: 40,
    people: 2,
  })
})

it('counts days in UTC', async () => {
  await journal.record(row({ at: Date.UTC(2026, 1, 1, 23, 59, 59, 999) }))
  await journal.record(row({ at: Date.UTC(2026, 1, 2, 0, 0, 0, 0) }))
  const days = await sumCallsByDay(journal.reader, everybody, 0)
  expect(days.map(day => [day.date, day.calls])).toEqual([
    ['2026-02-01', 1],
    ['2026-02-02', 1],
  ])
})

it('gives every call one audit line, also across chunks, and none twice', async () => {
  const base: TestBase = await makeTestBase()
  const { id } = await createOrganization(base, 'Acme')
  await Promise.all(Array.from({ length: 450 }, () => journal.record(row({ organizationId: id }))))
  let rounds = 1
  while (await auditCalls(base, journal)) rounds++
  expect(rounds).toBe(3)
  expect(await auditCalls(base, journal)).toBe(false)
  const lines = await base.database
    .handle()
    .selectFrom('audit_lines')
    .select(['target_id', 'event'])
    .execute()
  expect(new Set(lines.map(line => line.target_id)).size).toBe(450)
  expect(lines).toHaveLength(450)
  await base.close()
})

it.runIf(testDialect === 'postgres')('two processes that audit at once write each call once', async () => {
  const base: TestBase = await makeTestBase()
  const { id } = await createOrganization(base, 'Acme')
  await Promise.all(Array.from({ length: 450 }, () => journal.record(row({ organizationId: id }))))
  const auditAll = async (database: TestBase['database']) => {
    while (await auditCalls({ ...base, database }, journal));
  }
  const again = base.openAgain()
  await Promise.all([auditAll(base.database), auditAll(again)])
  const lines = await base.database.handle().selectFrom('audit_lines').select('target_id').execute()
  expect(new Set(lines.map(line => line.target_id)).size).toBe(450)
  expect(lines).toHaveLength(450)
  await again.close()
  await base.close()
})

it.runIf(testDialect === 'postgres')(
  'sequences follow the commits: whoever reads while several processes write misses no row',
  async () => {
    const others = await Promise.all([open(), open(), open()])
    const seen: string[] = []
    let position = 0
    const read = async () => {
      const calls = await selectCallsAfter(journal.reader, position, 50)
      position = calls.at(-1)?.sequence ?? position
      seen.push(...calls.map(call => call.id))
      return calls.length
    }
    let writing = true
    const rows = Array.from({ length: 600 }, () => row())
    const written = Promise.all(rows.map(async (one, i) => await others[i % 3]?.record(one))).then(() => {
      writing = false
    })
    while (writing) await read()
    await written
    while ((await read()) > 0);
    expect(seen.sort()).toEqual(rows.map(one => one.id).sort())
    for (const other of others) await other.close()
  },
)

it.runIf(testDialect === 'postgres')(
  'refuses rows while the database is gone, keeps what it said it kept, and goes on when it is back',
  async () => {
    const settings = made?.settings ?? expect.fail()
    const way = await makeWay(settings)
    const far = openPostgresJournal({ ...settings, port: way.port })
    const kept: string[] = []
    const refused: unknown[] = []
    const write = async () => {
      const one = row()
      await far.record(one).then(
        () => kept.push(one.id),
        (error: unknown) => refused.push(error),
      )
    }
    await write()
    const under = Promise.all(Array.from({ length: 200 }, write))
    way.cut()
    await under
    await write()
    expect(refused.at(-1)).toMatchObject({ code: 'storage_unavailable' })
    way.mend()
    const before = refused.length
    await write()
    expect(refused).toHaveLength(before)
    const there = new Set((await selectCallsAfter(journal.reader, 0, 1000)).map(call => call.id))
    expect(kept.filter(id => !there.has(id))).toEqual([])
    await far.close()
    way.close()
  },
)
