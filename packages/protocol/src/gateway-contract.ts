import type { KeyKind } from './codes/key-kinds.ts'

/**
 * What the gateway asks of the console, and nothing more. In one process the server hands the console's functions in;
 * between machines the same shapes travel as JSON. Every function fails with `Failure('storage_unavailable')` when the
 * console cannot answer: the gateway then refuses (503) and never lets through.
 */
export type GatewayContract = {
  /** Where access tokens come from and the public keys that verify them (RFC 7517), newest first. */
  tokenIssuer(): Promise<TokenIssuer>
  /** Whose key this is, by the lower-case hexadecimal SHA-256 of the whole key. null: no live key. */
  resolveKey(sha256: string): Promise<Principal | null>
  /** What the organisation allows. */
  policyFor(organizationId: string): Promise<ModelPolicy>
  /** The organisation's providers in the order they are tried, secrets still sealed. */
  providerAccounts(organizationId: string): Promise<ProviderAccount[]>
  /** Everything that ended or changed after `sequence`; asked before every request, so it must cost next to nothing. */
  revocationsSince(sequence: number): Revocations | Promise<Revocations>
  /** Resolves when the row is durable on disk. The last byte of a reply waits for it. */
  recordUsage(row: UsageRow): Promise<void>
}

export type TokenIssuer = {
  issuer: string
  audience: string
  keys: { kid: string; jwk: Record<string, unknown> }[]
}

/** Who a request is from. */
export type Principal = {
  organizationId: string
  personId: string
  /** Set when the credential is an access token. */
  sessionId: string | null
  /** Set when the credential is a key. */
  keyId: string | null
  keyKind: KeyKind | null
  /** When this principal ends by itself, milliseconds since 1970; null: not by itself. */
  expiresAt: number | null
}

export type ModelPolicy = {
  /** null: every model that a provider serves. An empty list: none. */
  availableModels: readonly string[] | null
}

export const providerKinds = ['sandbox', 'anthropic'] as const
export type ProviderKind = (typeof providerKinds)[number]

export type ProviderAccount = {
  id: string
  kind: ProviderKind
  name: string
  /** Without trailing slash. null for kinds that need none. */
  baseUrl: string | null
  /** Sealed under the master key with the account's id as associated data; null for kinds that need none. */
  sealedSecret: string | null
}

export type Revocation = {
  /**
   * `session`, `key`, `member`, `organization` end: all that is theirs is refused and cut. `member_changed`: the member
   * stays (another role), and only their keys are looked up again.
   */
  kind:
    | 'session'
    | 'key'
    | 'member'
    | 'member_changed'
    | 'organization'
    | 'providers'
    | 'policy'
    | 'signing_keys'
  /** For `member…`: `<organization id>/<person id>`. For `providers`, `policy`: the organisation's id. */
  id: string
  /**
   * When it ended, milliseconds since 1970; without it, now. Tokens of a member or organisation that were issued later
   * (they came back) are good.
   */
  at?: number
}

export type Revocations = { sequence: number; entries: readonly Revocation[] }

/** One call, as billing, the home page and the audit need it. Never holds a prompt or a reply. */
export type UsageRow = {
  id: string
  requestId: string
  /** Start of the request, milliseconds since 1970. */
  at: number
  durationMs: number
  organizationId: string
  personId: string
  sessionId: string | null
  keyId: string | null
  /** The agent's own session id (`x-claude-code-session-id`), where one came. A hint, not an identity. */
  agentSessionId: string | null
  /** Where the request came from, as the socket says. */
  address: string
  endpoint: 'messages' | 'count_tokens'
  providerId: string
  providerKind: ProviderKind
  /** The provider's own request id. */
  providerRequestId: string | null
  model: string
  stream: boolean
  status: number
  /**
   * `complete`: the whole reply was passed on. `client_abort`: the agent left, or its credential ended and the reply
   * was cut. `provider_cut`: the provider broke off.
   * `refused`: the provider answered an error. `timeout`: the provider was too slow.
   */
  outcome: 'complete' | 'client_abort' | 'provider_cut' | 'refused' | 'timeout'
  inputTokens: number
  outputTokens: number
  cacheReadTokens: number
  cacheWrite5mTokens: number
  cacheWrite1hTokens: number
  /** false: the counts are what had arrived before the reply broke off. */
  counted: boolean
}
