import { Failure } from '@latchstring/protocol'
import type { Called, Identified, Permitted, Step } from '../exchange.ts'
import { allowsModel } from '../model-policy.ts'
import { policyOf } from '../organizations.ts'

/** Refuses what the organisation does not allow, before anything is chosen or sent. */
export const decidePolicy: Step<Identified & Called, Permitted> = async ({ principal, call }, gateway) => {
  const policy = await policyOf(principal.organizationId, gateway)
  if (!allowsModel(policy, call.model)) throw new Failure('model_not_allowed')
  return { permitted: true }
}
