import type { KeyObject } from 'node:crypto'
import { EnvelopeError, openEnvelope } from '@latchstring/kit/envelope'
import { open } from '@latchstring/kit/secret'
import { Failure } from '@latchstring/protocol'
import type { ProviderAccount } from '@latchstring/protocol/gateway-contract'
import type { Memory } from './memory.ts'
import { longestMs } from './memory.ts'
import type { Provider, RawHeaders } from './provider.ts'

type World = { masterKey: KeyObject | null; memory: Memory; now: () => number }

/**
 * The headers that carry the organisation's credential to its provider. The one function of the gateway in which a
 * sealed secret is opened and leaves as text.
 *
 * @throws Failure provider_refused_credential when the sealed secret does not open
 */
export function credentialHeadersOf(
  account: ProviderAccount,
  provider: Provider,
  { masterKey, memory, now }: World,
): RawHeaders {
  const { id, sealedSecret } = account
  if (sealedSecret === null) return []
  try {
    let secret = memory.secrets.get(sealedSecret, now())
    if (secret === undefined) {
      if (masterKey === null) throw new EnvelopeError()
      secret = openEnvelope(masterKey, 'provider', id, sealedSecret)
      memory.secrets.set(sealedSecret, secret, now() + longestMs)
    }
    return provider.credentialHeaders(open(secret))
  } catch (cause) {
    const message = "Your organisation's credential for the model provider cannot be opened on this server."
    throw new Failure('provider_refused_credential', { message, cause })
  }
}
