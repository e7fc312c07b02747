import { Failure } from '@latchstring/protocol'
import type { Arrived, Credentialed, Identified, Step } from '../exchange.ts'
import { findPrincipal } from '../principals.ts'

/**
 * Who asks. What ended is learnt first, so an ended session, key, member or organization is refused at its very next
 * request; from here on the exchange is cut when its credential ends.
 */
export const resolvePrincipal: Step<Arrived & Credentialed, Identified> = async (
  { credential, lifeline },
  gateway,
) => {
  await gateway.revocations.catchUp()
  const principal = await findPrincipal(credential, gateway)
  if (principal === null) throw new Failure('invalid_token')
  if (lifeline.ending === null) gateway.openExchanges.add(lifeline, principal)
  return { principal }
}
