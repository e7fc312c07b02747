import type { GatewayContract, ModelPolicy, ProviderAccount } from '@latchstring/protocol/gateway-contract'
import { askConsole } from './ask-console.ts'
import type { Memory } from './memory.ts'
import { longestMs } from './memory.ts'
import type { Remembered } from './remembered.ts'
import type { Revocations } from './revocations.ts'

type World = { contract: GatewayContract; memory: Memory; revocations: Revocations; now: () => number }

/** @throws Failure storage_unavailable */
export function policyOf(organizationId: string, world: World): ModelPolicy | Promise<ModelPolicy> {
  return remember(world.memory.policies, organizationId, world, () =>
    world.contract.policyFor(organizationId),
  )
}

/** @throws Failure storage_unavailable */
export function accountsOf(
  organizationId: string,
  world: World,
): readonly ProviderAccount[] | Promise<readonly ProviderAccount[]> {
  return remember(world.memory.accounts, organizationId, world, () =>
    world.contract.providerAccounts(organizationId),
  )
}

/** An answer that was on its way while something changed is used once and not kept. */
function remember<Value>(
  place: Remembered<Value>,
  organizationId: string,
  { revocations, now }: World,
  ask: () => Promise<Value>,
): Value | Promise<Value> {
  const known = place.get(organizationId, now())
  if (known !== undefined) return known
  const epoch = revocations.epoch()
  return askConsole(ask).then(value => {
    if (epoch === revocations.epoch()) place.set(organizationId, value, now() + longestMs)
    return value
  })
}
