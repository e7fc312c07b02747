import type { ProviderAccount } from '@latchstring/protocol/gateway-contract'
import type { Limits } from './limits.ts'

/** Header names and values in turn, in order and case as they came. */
export type RawHeaders = string[]

/** What the agent asks of a model. `body` is what it sent, byte for byte; `json` is the same, read. */
export type Call = {
  endpoint: 'messages' | 'count_tokens'
  model: string
  stream: boolean
  body: Buffer
  json: Readonly<Record<string, unknown>>
  /** Path and query as they came. */
  path: string
  headers: RawHeaders
}

/** What goes to the provider. */
export type Outgoing = {
  method: 'GET' | 'POST'
  path: string
  headers: RawHeaders
  body: Buffer | null
}

export type ReplyHead = { status: number; statusText: string; headers: RawHeaders }

/** Why a reply broke off. `detail` is for the log: it never holds bytes of a request or reply. */
export type Break = { reason: 'unreachable' | 'forbidden' | 'timeout' | 'cut'; detail: string }

/** Takes a reply: one `head`, any number of `data`, then `end` or `broken`; `broken` may come first. */
export type ReplySink = {
  head(head: ReplyHead): void
  data(chunk: Buffer): void
  end(): void
  broken(why: Break): void
}

/** A request under way. After `abort` its sink hears nothing more. */
export type Sending = { abort(): void; pause(): void; resume(): void }

/** The one way a provider reaches the network. */
export type Transport = (baseUrl: string, outgoing: Outgoing, sink: ReplySink) => Sending

/** One line of GET /v1/models, in the published shape. */
export type Model = { type: 'model'; id: string; display_name: string; created_at: string }

export type ProviderTools = { transport: Transport; limits: Limits }

/** The contract of providers. It never imports its kinds. */
export type Provider = {
  /**
   * Whether an account of this kind takes a model id.
   *
   * @param alone the organisation has providers of this kind only
   */
  serves(model: string, alone: boolean): boolean
  /** The headers that carry the organisation's credential. */
  credentialHeaders(secret: string): RawHeaders
  /** What to send for a call, but for the credential. */
  prepare(call: Call, account: ProviderAccount): Outgoing
  send(
    account: ProviderAccount,
    call: Call,
    outgoing: Outgoing,
    sink: ReplySink,
    tools: ProviderTools,
  ): Sending
  /** @throws Failure provider_… when the provider cannot say */
  models(account: ProviderAccount, credentialHeaders: RawHeaders, tools: ProviderTools): Promise<Model[]>
}
