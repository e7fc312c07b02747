import { Failure } from '@latchstring/protocol'
import type { ProviderAccount, ProviderKind } from '@latchstring/protocol/gateway-contract'
import type { Called, Chosen, Identified, Permitted, Step } from '../exchange.ts'
import { accountsOf } from '../organizations.ts'
import type { Provider } from '../provider.ts'

/** The first account, in the organisation's order, that serves the model. Pure. */
export function pickAccount(
  accounts: readonly ProviderAccount[],
  providers: Readonly<Record<ProviderKind, Provider>>,
  model: string,
): ProviderAccount | undefined {
  return accounts.find(({ kind }) => {
    const alone = accounts.every(other => other.kind === kind)
    return providers[kind].serves(model, alone)
  })
}

export const chooseProvider: Step<Identified & Called & Permitted, Chosen> = async (
  { principal, call },
  gateway,
) => {
  const accounts = await accountsOf(principal.organizationId, gateway)
  const account = pickAccount(accounts, gateway.providers, call.model)
  if (account === undefined) throw new Failure('unknown_model')
  return { account, provider: gateway.providers[account.kind] }
}
