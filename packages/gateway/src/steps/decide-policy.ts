import { Failure } from '@latchstring/protocol'
import type { ModelPolicy } from '@latchstring/protocol/gateway-contract'
import type { Called, Identified, Permitted, Step } from '../exchange.ts'
import { policyOf } from '../organizations.ts'

/**
 * Whether the organisation allows a model. Ids are compared exactly: an alias that the policy does not name is another
 * id.
 *
 * @example
 * allowsModel({ availableModels: [] }, 'sandbox') // false
 */
export function allowsModel({ availableModels }: ModelPolicy, model: string): boolean {
  return availableModels === null || availableModels.includes(model)
}

export const decidePolicy: Step<Identified & Called, Permitted> = async ({ principal, call }, gateway) => {
  const policy = await policyOf(principal.organizationId, gateway)
  if (!allowsModel(policy, call.model)) throw new Failure('model_not_allowed')
  return { permitted: true }
}
