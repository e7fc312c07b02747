import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Caller } from '../base/caller.ts'
import type { TestBase } from '../base/testing/base.ts'
import { makeTestBase } from '../base/testing/base.ts'
import { makeAcme } from '../testing/acme.ts'
import { answerManagedSettings } from './managed-settings.ts'
import { policyFor, publishPolicy, withdrawPolicy } from './service.ts'

let base: TestBase
let acme: Awaited<ReturnType<typeof makeAcme<'owner'>>>
let caller: Caller

beforeEach(async () => {
  base = await makeTestBase()
  acme = await makeAcme(base, ['owner'])
  const { id, email, name } = acme.members.owner
  const organization = { id: acme.id, name: 'Acme' }
  caller = {
    organization,
    person: { id, email, name },
    role: 'owner',
    means: { kind: 'agent' },
    by: 's',
    session: null,
  }
})
afterEach(() => base.close())

const ask = (headers: Record<string, string> = {}, who: Caller | null = caller) =>
  answerManagedSettings(base, new Request('http://localhost/managed/settings', { headers }), async () => who)

it('answers 404 before anything is published, then the settings, then 304', async () => {
  expect((await ask()).status).toBe(404)
  await publishPolicy(base, acme.operator, { availableModels: ['sandbox'], cleanupPeriodDays: 20 })
  const first = await ask()
  const body = (await first.json()) as { uuid: string; checksum: string; settings: object }
  expect(first.headers.get('etag')).toBe(`"${body.checksum}"`)
  expect(body.checksum).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(body.settings).toEqual({ availableModels: ['sandbox'], cleanupPeriodDays: 20 })
  for (const known of [`"${body.checksum}"`, `W/"${body.checksum}"`, `"x", "${body.checksum}"`]) {
    expect((await ask({ 'if-none-match': known })).status).toBe(304)
  }
  expect((await ask({ 'if-none-match': '"other"' })).status).toBe(200)
})

it('gives the same checksum for the same settings in another order', async () => {
  const one = await publishPolicy(base, acme.operator, { a: 1, b: { c: 2, d: 3 } })
  const two = await publishPolicy(base, acme.operator, { b: { d: 3, c: 2 }, a: 1 })
  expect(two.checksum).toBe(one.checksum)
})

it('refuses nobody’s and a browser’s request', async () => {
  expect((await ask({}, null)).status).toBe(401)
  expect((await ask({}, { ...caller, means: { kind: 'web' } })).status).toBe(401)
})

it('publishes no helper and no address, and leaves what stood', async () => {
  await publishPolicy(base, acme.operator, { availableModels: ['a'] })
  const bad = publishPolicy(base, acme.operator, { availableModels: ['b'], apiKeyHelper: 'x' })
  await expect(bad).rejects.toMatchObject({ code: 'invalid_request' })
  expect(await policyFor(base, acme.id)).toEqual({ availableModels: ['a'] })
})

it('taken back, it allows all models again and tells the gateway', async () => {
  await publishPolicy(base, acme.operator, { availableModels: ['a'] })
  await withdrawPolicy(base, acme.operator)
  expect(await policyFor(base, acme.id)).toEqual({ availableModels: null })
  expect((await ask()).status).toBe(404)
  expect(base.revocations.since(0).entries.map(entry => entry.kind)).toEqual(['policy', 'policy'])
})
