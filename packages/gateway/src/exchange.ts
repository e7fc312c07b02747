import type { KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '@latchstring/kit/log'
import type { PresentedCredential } from '@latchstring/protocol/decide/read-credential'
import type {
  GatewayContract,
  Principal,
  ProviderAccount,
  ProviderKind,
  UsageRow,
} from '@latchstring/protocol/gateway-contract'
import type { Endpoint } from './endpoints.ts'
import type { Lifeline } from './lifeline.ts'
import type { Limits } from './limits.ts'
import type { Memory } from './memory.ts'
import type { Meter } from './meter.ts'
import type { OpenExchanges } from './open-exchanges.ts'
import type { Break, Call, Outgoing, Provider, ReplyHead, ReplySink, Sending, Transport } from './provider.ts'
import type { Revocations } from './revocations.ts'

/**
 * The contract of steps. A step takes what earlier steps added and adds its own; what it needs stands in its type, so a
 * table in another order does not compile.
 */
export type Step<Needs extends object, Adds extends object> = (
  exchange: Needs,
  gateway: Gateway,
) => Adds | Promise<Adds>

/** A request that has an address here. Everything else is added by a step. */
export type Arrived = {
  request: IncomingMessage
  response: ServerResponse
  requestId: string
  /** Milliseconds since 1970. */
  at: number
  endpoint: Endpoint
  /** Tells when the agent leaves or its credential ends. */
  lifeline: Lifeline
}

export type Credentialed = { credential: Extract<PresentedCredential, { secret: string }> }
export type Identified = { principal: Principal }
export type Called = { call: Call }
export type Permitted = { permitted: true }
export type Chosen = { account: ProviderAccount; provider: Provider }
export type Attached = { outgoing: Outgoing }
export type Sent = { reply: Reply }
export type Metered = { meter: Meter }
export type Recorded = { row: UsageRow | null }

/** A provider's reply. `head` is null where it broke before any; `broke` says why. */
export type Reply = {
  head: ReplyHead | null
  broke: Break | null
  sending: Sending
  /** Hands over what has arrived and all that will. */
  consume(sink: Omit<ReplySink, 'head'>): void
}

/** What every step may use. Made once per process. */
export type Gateway = {
  contract: GatewayContract
  log: Logger
  limits: Limits
  /** Milliseconds since 1970. */
  now: () => number
  /** null where no provider has a secret. */
  masterKey: KeyObject | null
  providers: Readonly<Record<ProviderKind, Provider>>
  transport: Transport
  memory: Memory
  revocations: Revocations
  openExchanges: OpenExchanges
}
