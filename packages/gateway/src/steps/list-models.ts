import { Failure } from '@latchstring/protocol'
import type { ProviderAccount } from '@latchstring/protocol/gateway-contract'
import type { Arrived, Gateway, Identified, Step } from '../exchange.ts'
import { modelListMs } from '../memory.ts'
import { allowsModel } from '../model-policy.ts'
import { accountsOf, policyOf } from '../organizations.ts'
import type { Model } from '../provider.ts'
import { credentialHeadersOf } from '../provider-credential.ts'

export type Listed = { answer: unknown }

/**
 * GET /v1/models and /v1/models/{id}: what the organisation's providers list and its policy allows, in one page. A
 * provider that does not answer is left out while another does.
 */
export const listModels: Step<Arrived & Identified, Listed> = async ({ endpoint, principal }, gateway) => {
  const policy = await policyOf(principal.organizationId, gateway)
  const accounts = await accountsOf(principal.organizationId, gateway)
  const lists = await Promise.allSettled(accounts.map(account => modelsOf(account, gateway)))
  const failed = lists.find(list => list.status === 'rejected')
  if (failed !== undefined && lists.every(list => list.status === 'rejected')) throw failed.reason
  const all = lists.flatMap(list => (list.status === 'fulfilled' ? list.value : []))
  const models = withoutRepeats(all).filter(({ id }) => allowsModel(policy, id))
  if (endpoint.name !== 'model') return { answer: pageOf(models) }
  const one = models.find(({ id }) => id === endpoint.modelId)
  if (one === undefined) throw new Failure('unknown_model')
  return { answer: one }
}

/** The published list shape. */
export function pageOf(models: readonly Model[]) {
  const ids = models.map(({ id }) => id)
  return { data: models, has_more: false, first_id: ids.at(0) ?? null, last_id: ids.at(-1) ?? null }
}

function withoutRepeats(models: readonly Model[]): Model[] {
  return [...new Map(models.toReversed().map(model => [model.id, model])).values()].toReversed()
}

async function modelsOf(account: ProviderAccount, gateway: Gateway): Promise<Model[]> {
  const { memory, revocations, providers, now } = gateway
  const known = memory.modelLists.get(account.id, now())
  if (known !== undefined) return known
  const epoch = revocations.epoch()
  const provider = providers[account.kind]
  const models = await provider.models(account, credentialHeadersOf(account, provider, gateway), gateway)
  if (epoch === revocations.epoch()) memory.modelLists.set(account.id, models, now() + modelListMs)
  return models
}
