import { createSecretKey, randomBytes } from 'node:crypto'
import { openEnvelope } from '@latchstring/kit/envelope'
import { open } from '@latchstring/kit/secret'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { operator } from './audit/service.ts'
import type { TestBase } from './base/testing/base.ts'
import { makeTestBase } from './base/testing/base.ts'
import { addSigningKey } from './oauth/signing-keys.ts'
import { createOrganization } from './organizations/service.ts'
import { createProvider } from './providers/service.ts'
import { resealAll, sealedColumns, sealedOtherwise, tryMasterKey } from './sealed-columns.ts'

let base: TestBase
beforeEach(async () => {
  base = await makeTestBase()
})
afterEach(() => base.close())

const another = () => createSecretKey(randomBytes(32))

async function fill() {
  const { id } = await createOrganization(base, 'Acme')
  await addSigningKey(base)
  return await createProvider(base, operator(id), {
    kind: 'anthropic',
    name: 'Console',
    base_url: 'https://api.test',
    secret: 'secret-of-a-provider',
  })
}

it('every sealed column of the database is known here', async () => {
  const tables = await base.database.handle().introspection.getTables()
  const found = tables.flatMap(({ name, columns }) =>
    columns.filter(column => column.name.startsWith('sealed_')).map(column => `${name}.${column.name}`),
  )
  expect(found.sort()).toEqual(
    [...sealedColumns.map(({ table, column }) => `${table}.${column}`), ...sealedOtherwise].sort(),
  )
})

it('a master key opens everything or is named with what it does not open', async () => {
  expect(await tryMasterKey(base.database, base.masterKey)).toEqual({ opened: 0, shut: [] })
  const { id } = await fill()
  expect(await tryMasterKey(base.database, base.masterKey)).toEqual({ opened: 2, shut: [] })
  const { opened, shut } = await tryMasterKey(base.database, another())
  expect([opened, shut.length]).toEqual([0, 2])
  expect(shut).toContainEqual({ table: 'providers', row: id })
})

it('sealing anew changes the key of every value and nothing else', async () => {
  const { id } = await fill()
  const next = another()
  expect(await resealAll(base, base.masterKey, next)).toBe(2)
  expect(await tryMasterKey(base.database, next)).toEqual({ opened: 2, shut: [] })
  expect((await tryMasterKey(base.database, base.masterKey)).opened).toBe(0)
  const row = await base.database.handle().selectFrom('providers').selectAll().executeTakeFirstOrThrow()
  expect(open(openEnvelope(next, 'provider', id, row.sealed_secret ?? ''))).toBe('secret-of-a-provider')
})

it('a value that does not open leaves all of them as they were', async () => {
  await fill()
  await base.database.transaction(handle =>
    handle.updateTable('providers').set({ sealed_secret: 'v1.a.b.c' }).execute(),
  )
  await expect(resealAll(base, base.masterKey, another())).rejects.toThrow('does not open')
  expect(await tryMasterKey(base.database, base.masterKey)).toMatchObject({
    opened: 1,
    shut: [{ table: 'providers' }],
  })
})
