import type { FailureCode } from '@latchstring/protocol'
import type { UsageRow } from '@latchstring/protocol/gateway-contract'
import type { Break } from './provider.ts'

/** What an agent is told, and what the usage row says, when a reply breaks off. */
export const breaks: Readonly<
  Record<Break['reason'], { code: FailureCode; outcome: UsageRow['outcome']; recorded: boolean }>
> = {
  // Nothing reached the provider: there is no call to record.
  unreachable: { code: 'provider_unreachable', outcome: 'provider_cut', recorded: false },
  // The operator has not opened the network that the provider's address lies in.
  forbidden: { code: 'address_refused', outcome: 'provider_cut', recorded: false },
  timeout: { code: 'provider_timeout', outcome: 'timeout', recorded: true },
  cut: { code: 'provider_cut', outcome: 'provider_cut', recorded: true },
}
