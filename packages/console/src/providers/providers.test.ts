import { openEnvelope } from '@latchstring/kit/envelope'
import { open } from '@latchstring/kit/secret'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TestBase } from '../base/testing/base.ts'
import { makeTestBase } from '../base/testing/base.ts'
import { makeAcme } from '../testing/acme.ts'
import { changeProvider, createProvider, deleteProvider, providerAccounts } from './service.ts'

const secret = 'sk-provider-0123456789-abcdefghijkl'
let base: TestBase
let acme: Awaited<ReturnType<typeof makeAcme<'owner'>>>

beforeEach(async () => {
  base = await makeTestBase()
  acme = await makeAcme(base, ['owner'])
})
afterEach(() => base.close())

const create = () =>
  createProvider(base, acme.operator, {
    kind: 'anthropic',
    name: 'Anthropic',
    base_url: 'https://api.anthropic.com',
    secret,
  })

it('seals the secret for its own row; database, audit and log never hold it', async () => {
  const row = await create()
  const opened = openEnvelope(base.masterKey, 'provider', row.id, row.sealed_secret ?? '')
  expect(open(opened)).toBe(secret)
  expect((await base.stored()).includes(secret)).toBe(false)
  expect(base.logged.join()).not.toContain(secret)
  expect(row.secret_hint).toBe('sk-…ijkl')
})

it('gives the gateway sealed accounts of one organisation only, in order', async () => {
  const first = await create()
  const second = await createProvider(base, acme.operator, { kind: 'sandbox', name: 'Sandbox' })
  const other = await makeAcme(base, [])
  await createProvider(base, other.operator, { kind: 'sandbox', name: 'Theirs' })
  const accounts = await providerAccounts(base, acme.id)
  expect(accounts.map(account => account.id)).toEqual([first.id, second.id])
  expect(JSON.stringify(accounts)).not.toContain(secret)
})

it('rotates a secret, tells the gateway each time', async () => {
  const row = await create()
  const next = await changeProvider(base, acme.operator, row.id, { secret: `${secret}-new` })
  expect(open(openEnvelope(base.masterKey, 'provider', row.id, next.sealed_secret ?? ''))).toBe(
    `${secret}-new`,
  )
  expect(next.base_url).toBe('https://api.anthropic.com')
  await deleteProvider(base, acme.operator, row.id)
  expect(await providerAccounts(base, acme.id)).toEqual([])
  expect(base.revocations.since(0).entries.map(entry => entry.kind)).toEqual([
    'providers',
    'providers',
    'providers',
  ])
})

it('moves to another address only together with the secret, which nobody may read there', async () => {
  const row = await create()
  const elsewhere = { base_url: 'https://evil.test' }
  await expect(changeProvider(base, acme.operator, row.id, elsewhere)).rejects.toMatchObject({
    code: 'invalid_request',
  })
  const [account] = await providerAccounts(base, acme.id)
  expect(account?.baseUrl).toBe('https://api.anthropic.com')
  await changeProvider(base, acme.operator, row.id, { base_url: row.base_url ?? '', name: 'Same place' })
  const moved = await changeProvider(base, acme.operator, row.id, { ...elsewhere, secret: `${secret}-new` })
  expect(moved.base_url).toBe('https://evil.test')
})

it('another organisation’s provider is not there; the sandbox takes no secret', async () => {
  const row = await create()
  const other = await makeAcme(base, [])
  await expect(deleteProvider(base, other.operator, row.id)).rejects.toMatchObject({ code: 'not_found' })
  await expect(changeProvider(base, other.operator, row.id, { name: 'x' })).rejects.toMatchObject({
    code: 'not_found',
  })
  const sandbox = await createProvider(base, acme.operator, { kind: 'sandbox', name: 'S' })
  await expect(changeProvider(base, acme.operator, sandbox.id, { secret })).rejects.toMatchObject({
    code: 'invalid_request',
  })
})
