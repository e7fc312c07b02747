import type { Attached, Called, Chosen, Step } from '../exchange.ts'
import { credentialHeadersOf } from '../provider-credential.ts'

/** The agent's own credential stays here; the organisation's goes out. */
export const attachProviderCredential: Step<Called & Chosen, Attached> = (
  { call, account, provider },
  gateway,
) => {
  const prepared = provider.prepare(call, account)
  const headers = [...prepared.headers, ...credentialHeadersOf(account, provider, gateway)]
  return { outgoing: { ...prepared, headers } }
}
