import { seal } from '@latchstring/kit/envelope'
import { Secret } from '@latchstring/kit/secret'
import { Failure } from '@latchstring/protocol'
import { newId } from '@latchstring/protocol/base/ids'
import type { ProviderAccount, ProviderKind } from '@latchstring/protocol/gateway-contract'
import type { Selectable } from 'kysely'
import type { Actor } from '../audit/service.ts'
import { change } from '../audit/service.ts'
import type { Base } from '../base/base.ts'
import type { Tables } from '../base/tables.ts'

export type ProviderRow = Selectable<Tables['providers']>

/** What an administrator gives. The secret is sealed here and opened by the gateway only. */
export type GivenProvider = {
  kind: ProviderKind
  name: string
  base_url?: string | undefined
  secret?: string | undefined
}

const sealFor = (base: Base, id: string, secret: string) => ({
  sealed_secret: seal(base.masterKey, 'provider', id, new Secret(secret)),
  secret_hint: `${new Secret(secret)}`,
})

export const listProviders = (base: Base, organizationId: string): Promise<ProviderRow[]> =>
  base.database
    .handle()
    .selectFrom('providers')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .orderBy('id')
    .execute()

/** The gateway's view: in the order they are tried, secrets sealed. */
export async function providerAccounts(base: Base, organizationId: string): Promise<ProviderAccount[]> {
  return (await listProviders(base, organizationId)).map(row => ({
    id: row.id,
    kind: row.kind,
    name: row.name,
    baseUrl: row.base_url,
    sealedSecret: row.sealed_secret,
  }))
}

export async function createProvider(base: Base, actor: Actor, given: GivenProvider): Promise<ProviderRow> {
  const id = newId('provider', base.now())
  const row: ProviderRow = {
    id,
    organization_id: actor.organizationId,
    kind: given.kind,
    name: given.name,
    base_url: given.base_url ?? null,
    ...(given.secret === undefined
      ? { sealed_secret: null, secret_hint: null }
      : sealFor(base, id, given.secret)),
    created_at: base.now(),
  }
  await change(base, actor, 'providers.created', async (handle, line) => {
    await handle.insertInto('providers').values(row).execute()
    line.target('provider', id)
    line.details({ kind: row.kind, name: row.name, base_url: row.base_url })
    await base.revocations.add({ kind: 'providers', id: actor.organizationId })
  })
  return row
}

/**
 * Another address takes the secret with it: the gateway sends it there, so that whoever could only move it would get to
 * read what is shown to nobody.
 *
 * @throws Failure `not_found`; `invalid_request` where the kind takes no address or secret, or the secret is missing
 */
export async function changeProvider(
  base: Base,
  actor: Actor,
  id: string,
  to: { name?: string | undefined; base_url?: string | undefined; secret?: string | undefined },
): Promise<ProviderRow> {
  return await change(base, actor, 'providers.updated', async (handle, line) => {
    const row = (await listProviders(base, actor.organizationId)).find(one => one.id === id)
    if (row === undefined) throw new Failure('not_found')
    if (row.kind === 'sandbox' && (to.base_url !== undefined || to.secret !== undefined)) {
      throw new Failure('invalid_request', { message: 'kind: the sandbox has neither address nor secret' })
    }
    const moves = to.base_url !== undefined && to.base_url !== row.base_url
    if (moves && to.secret === undefined) {
      throw new Failure('invalid_request', { message: 'secret: give it again with another address' })
    }
    const next = {
      name: to.name ?? row.name,
      base_url: to.base_url ?? row.base_url,
      ...(to.secret === undefined ? {} : sealFor(base, id, to.secret)),
    }
    await handle.updateTable('providers').set(next).where('id', '=', id).execute()
    line.target('provider', id)
    line.details({ name: next.name, base_url: next.base_url, new_secret: to.secret !== undefined })
    await base.revocations.add({ kind: 'providers', id: actor.organizationId })
    return { ...row, ...next }
  })
}

/** @throws Failure `not_found` */
export async function deleteProvider(base: Base, actor: Actor, id: string): Promise<void> {
  await change(base, actor, 'providers.deleted', async (handle, line) => {
    const gone = await handle
      .deleteFrom('providers')
      .where('organization_id', '=', actor.organizationId)
      .where('id', '=', id)
      .returning(['kind', 'name'])
      .executeTakeFirst()
    if (gone === undefined) throw new Failure('not_found')
    line.target('provider', id)
    line.details(gone)
    await base.revocations.add({ kind: 'providers', id: actor.organizationId })
  })
}
