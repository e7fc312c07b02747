import type { ModelPolicy } from '@latchstring/protocol/gateway-contract'

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
