import type { Json } from '@latchstring/protocol/decide/managed-settings'
import { actorOf } from '../audit/service.ts'
import type { Routes } from '../base/routes.ts'
import type { Policy } from './service.ts'
import { currentPolicy, publishPolicy, withdrawPolicy } from './service.ts'

const show = (policy: Policy | undefined) => ({
  type: 'policy' as const,
  uuid: policy?.uuid ?? null,
  checksum: policy?.checksum ?? null,
  settings: policy?.settings ?? {},
  published_at: policy === undefined ? null : new Date(policy.publishedAt).toISOString(),
})

export const policyRoutes: Routes<'policies'> = {
  get: async ({ base, caller }) => show(await currentPolicy(base, caller.organization.id)),
  publish: async ({ base, caller, origin, body }) =>
    show(await publishPolicy(base, actorOf(caller, origin), body.settings as { [name: string]: Json })),
  async remove({ base, caller, origin }) {
    await withdrawPolicy(base, actorOf(caller, origin))
    return show(undefined)
  },
}
