import { isKey } from '@latchstring/protocol/decide/key-format'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { hashOf } from '../base/secrets.ts'
import type { TestBase } from '../base/testing/base.ts'
import { makeTestBase } from '../base/testing/base.ts'
import { auditEvents, makeAcme } from '../testing/acme.ts'
import { changeKey, createKey, findLiveKey } from './service.ts'

let base: TestBase
let acme: Awaited<ReturnType<typeof makeAcme<'owner' | 'developer' | 'claude_code_user'>>>

beforeEach(async () => {
  base = await makeTestBase()
  acme = await makeAcme(base, ['owner', 'developer', 'claude_code_user'])
})
afterEach(() => base.close())

const web = { kind: 'web' } as const
const make = (
  role: 'owner' | 'developer' | 'claude_code_user',
  kind: 'coding_agent' | 'api' | 'admin',
  lifetimeSeconds: number | null = null,
) =>
  createKey(
    base,
    acme.operator,
    { role, means: web },
    { personId: acme.members[role].id, name: 'Laptop', kind, lifetimeSeconds },
  )

it('role "Claude Code" creates coding-agent keys only, "Developer" any of their own', async () => {
  expect(isKey((await make('claude_code_user', 'coding_agent')).secret)).toBe(true)
  await expect(make('claude_code_user', 'api')).rejects.toMatchObject({ code: 'permission_denied' })
  expect((await make('developer', 'api')).row.kind).toBe('api')
  await expect(make('developer', 'admin')).rejects.toMatchObject({ code: 'permission_denied' })
  expect((await make('owner', 'admin')).row.kind).toBe('admin')
})

it('W9 keeps no key: neither database nor log holds more than its hint', async () => {
  const { secret, row } = await make('developer', 'api')
  const stored = await base.stored()
  expect(stored.includes(secret)).toBe(false)
  expect(stored.includes(secret.slice(12, 40))).toBe(false)
  expect(stored.includes(row.hash)).toBe(true)
  expect(base.logged.join()).not.toContain(secret)
})

it('stops working when it expires, and is found by its hash until then', async () => {
  const { secret } = await make('developer', 'api', 60)
  base.advance(59_000)
  expect(await findLiveKey(base, hashOf(secret))).toBeDefined()
  base.advance(1_000)
  expect(await findLiveKey(base, hashOf(secret))).toBeUndefined()
})

it('deactivated can be undone, archived cannot; each tells the gateway', async () => {
  const { secret, row } = await make('developer', 'api')
  await changeKey(base, acme.operator, row.id, { status: 'inactive' })
  expect(await findLiveKey(base, hashOf(secret))).toBeUndefined()
  await changeKey(base, acme.operator, row.id, { status: 'active' })
  expect(await findLiveKey(base, hashOf(secret))).toBeDefined()
  await changeKey(base, acme.operator, row.id, { status: 'archived' })
  await expect(changeKey(base, acme.operator, row.id, { status: 'active' })).rejects.toMatchObject({
    code: 'key_archived',
  })
  expect(base.revocations.since(0).entries.filter(entry => entry.id === row.id)).toHaveLength(3)
  expect((await auditEvents(base)).slice(-3)).toEqual(['keys.deactivated', 'keys.activated', 'keys.archived'])
})

it('renaming to the same name writes nothing', async () => {
  const { row } = await make('developer', 'api')
  const before = (await auditEvents(base)).length
  await changeKey(base, acme.operator, row.id, { name: 'Laptop' })
  expect((await auditEvents(base)).length).toBe(before)
  expect((await changeKey(base, acme.operator, row.id, { name: 'Desk' })).name).toBe('Desk')
})

it('another organisation’s key is not there', async () => {
  const { row } = await make('developer', 'api')
  const other = await makeAcme(base, [])
  await expect(changeKey(base, other.operator, row.id, { status: 'archived' })).rejects.toMatchObject({
    code: 'not_found',
  })
})
