import { actorOf } from '../audit/service.ts'
import type { Routes } from '../base/routes.ts'
import type { ProviderRow } from './service.ts'
import { changeProvider, createProvider, deleteProvider, listProviders } from './service.ts'

const show = (row: ProviderRow) => ({
  id: row.id,
  type: 'provider' as const,
  kind: row.kind,
  name: row.name,
  base_url: row.base_url,
  secret_hint: row.secret_hint,
  created_at: new Date(row.created_at).toISOString(),
})

export const providerRoutes: Routes<'providers'> = {
  list: async ({ base, caller }) => ({ data: (await listProviders(base, caller.organization.id)).map(show) }),
  create: async ({ base, caller, origin, body }) =>
    show(await createProvider(base, actorOf(caller, origin), body)),
  change: async ({ base, caller, origin, params, body }) =>
    show(await changeProvider(base, actorOf(caller, origin), params.provider_id, body)),
  async remove({ base, caller, origin, params }) {
    await deleteProvider(base, actorOf(caller, origin), params.provider_id)
    return { id: params.provider_id, type: 'provider_deleted' }
  },
}
