import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Failure } from '@latchstring/protocol'
import { newId } from '@latchstring/protocol/base/ids'
import type { UsageRow } from '@latchstring/protocol/gateway-contract'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TestBase } from '../base/testing/base.ts'
import { makeTestBase } from '../base/testing/base.ts'
import { createOrganization } from '../organizations/service.ts'
import type { Journal } from './journal.ts'
import { openJournal } from './journal.ts'
import { selectCalls, selectCallsAfter, sumCalls, sumCallsByDay } from './queries.ts'
import { auditCalls } from './service.ts'

let folder: string
let path: string
let journal: Journal

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchstring-journal-'))
  path = join(folder, 'usage.sqlite')
  journal = await openJournal(path)
})
afterEach(async () => {
  await journal.close()
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

const everybody = { organizationId: 'org', personId: undefined, model: undefined }

it('has every row on disk when record resolves, however many come at once', async () => {
  await Promise.all(Array.from({ length: 2000 }, () => journal.record(row())))
  const other = new DatabaseSync(path, { readOnly: true })
  expect(other.prepare('select count(*) as n from usage_calls').get()).toEqual({ n: 2000 })
  other.close()
})

it('refuses a row that it cannot keep, and goes on with the next', async () => {
  const twice = row()
  await journal.record(twice)
  await expect(journal.record(twice)).rejects.toBeInstanceOf(Failure)
  await journal.record(row())
  expect(selectCallsAfter(journal.reader, 0, 10)).toHaveLength(2)
})

it('refuses rows after it was closed, rather than lose them unsaid', async () => {
  const closed = await openJournal(join(folder, 'other.sqlite'))
  await closed.close()
  await expect(closed.record(row())).rejects.toMatchObject({ code: 'storage_unavailable' })
})

it('opens again with what was there', async () => {
  await journal.record(row())
  await journal.close()
  journal = await openJournal(path)
  await journal.record(row())
  expect(selectCallsAfter(journal.reader, 0, 10)).toHaveLength(2)
})

it('shows one organisation its own calls, one person theirs, newest first', async () => {
  const mine = row({ personId: 'user_a' })
  const theirs = row({ personId: 'user_b' })
  for (const one of [mine, theirs, row({ organizationId: 'other' })]) await journal.record(one)
  const ids = (personId: string | undefined) =>
    selectCalls(journal.reader, { ...everybody, personId }, 'older', undefined, 10).map(call => call.id)
  expect(ids(undefined)).toEqual([theirs.id, mine.id])
  expect(ids('user_a')).toEqual([mine.id])
  expect(sumCalls(journal.reader, everybody, 0)).toEqual({
    calls: 2,
    input_tokens: 32,
    output_tokens: 40,
    people: 2,
  })
})

it('counts days in UTC', async () => {
  await journal.record(row({ at: Date.UTC(2026, 1, 1, 23, 59, 59, 999) }))
  await journal.record(row({ at: Date.UTC(2026, 1, 2, 0, 0, 0, 0) }))
  expect(sumCallsByDay(journal.reader, everybody, 0).map(day => [day.date, day.calls])).toEqual([
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
