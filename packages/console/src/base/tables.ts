import type { EventName } from '@latchstring/protocol/codes/events'
import type { KeyKind, KeyStatus } from '@latchstring/protocol/codes/key-kinds'
import type { Role } from '@latchstring/protocol/codes/roles'
import type { ProviderKind, Revocation } from '@latchstring/protocol/gateway-contract'
import type { Generated } from 'kysely'

/**
 * Every table. Identifiers are text, times are integers (milliseconds since 1970, UTC), truth values are 0 and 1, JSON is
 * text: the same on SQLite and PostgreSQL. What is called `…_hash` is a SHA-256 in hexadecimal of a secret that is not
 * stored; what is called `sealed_…` is an envelope under the master key. `docs/storage.md` is drawn from the database.
 */
export type Tables = {
  organizations: { id: string; name: string; created_at: number }
  /** A person, who may belong to several organisations. `email` is in lower case and proved by a link or set by the operator. */
  people: { id: string; email: string; name: string; created_at: number }
  members: {
    organization_id: string
    person_id: string
    role: Role
    created_at: number
  }
  audit_lines: {
    id: string
    organization_id: string
    at: number
    event: EventName
    actor_type: 'user' | 'operator' | 'system'
    actor_id: string | null
    /** The session or key that was used. */
    actor_by: string | null
    address: string | null
    target_type: string | null
    target_id: string | null
    details: string
    request_id: string | null
    /** Place in the organisation's chain, from 1; null until the sealer has come by (docs/audit-chain.md). */
    sequence: number | null
    /** 16 random bytes, hexadecimal; null once a value of the line was erased. */
    salt: string | null
    chain_hash: string | null
    /** JSON: the commitments of erased values and the salts of the others. */
    erased: string | null
  }
  /** How far each organisation's audit chain has come, and the newest signed head. Its row is the sealers' lock. */
  audit_chains: {
    organization_id: string
    sequence: number
    chain_hash: string
    headed_sequence: number
    headed_at: number
  }
  /** Signed heads of the last 30 days; older ones live where they were shipped to. */
  audit_heads: {
    id: string
    organization_id: string
    sequence: number
    chain_hash: string
    at: number
    /** RFC 7515, compact, EdDSA. */
    jws: string
  }
  /** Ed25519 keys that sign heads; `kid` is the thumbprint of the public half (RFC 7638). */
  audit_keys: { kid: string; sealed_private_jwk: string; created_at: number }
  sessions: {
    id: string
    organization_id: string
    person_id: string
    kind: 'web' | 'agent'
    /** Of the cookie; null for agents. */
    token_hash: string | null
    /** Of the OAuth grant; null for browsers. */
    grant_id: string | null
    user_agent: string
    address: string
    created_at: number
    /** When the person last proved themselves by passkey or link. */
    authenticated_at: number
    last_used_at: number
    expires_at: number
    ended_at: number | null
    /** 1: made by the set-up link before the owner's address was proved. */
    setting_up: number
  }
  keys: {
    id: string
    organization_id: string
    person_id: string
    name: string
    kind: KeyKind
    hash: string
    hint: string
    status: Exclude<KeyStatus, 'expired'>
    created_at: number
    expires_at: number | null
    last_used_at: number | null
    /** Whose act made it inactive; null for the operator, and while it never was. */
    deactivated_by: string | null
  }
  providers: {
    id: string
    organization_id: string
    kind: ProviderKind
    name: string
    base_url: string | null
    sealed_secret: string | null
    secret_hint: string | null
    created_at: number
  }
  /** The managed settings of an organisation; the newest row counts. */
  policies: {
    id: string
    organization_id: string
    /** JSON, canonical. Empty text: taken back. */
    settings: string
    checksum: string
    published_at: number
    published_by: string
  }
  /** What ended or changed, for the gateway. Cleaned when no access token can be older. */
  revocations: { sequence: Generated<number>; kind: Revocation['kind']; subject: string; at: number }
  /** How far a background job has come. */
  positions: { job: string; position: number }
  passkeys: {
    id: string
    person_id: string
    credential_id: string
    public_key: string
    counter: number
    /** JSON list (WebAuthn `transports`). */
    transports: string
    name: string
    created_at: number
    last_used_at: number | null
  }
  /** Links that let somebody in once: the set-up link and sign-in links. */
  links: {
    hash: string
    purpose: 'setup' | 'sign-in'
    person_id: string | null
    /** Of the cookie of the browser that asked; null for links made on the host, which any browser may use. */
    browser_hash: string | null
    return_to: string
    created_at: number
    expires_at: number | null
    spent_at: number | null
  }
  /** A passkey ceremony under way (WebAuthn §5). Deleted when answered. */
  ceremonies: {
    id: string
    purpose: 'setup' | 'sign-in' | 'add'
    person_id: string | null
    challenge: string
    user_handle: string | null
    expires_at: number
  }
  /** Token buckets: how often something may be tried. */
  buckets: { id: string; level: number; at: number }
  /** What oidc-provider keeps; identifiers of bearer value are stored as hashes. */
  oauth_artifacts: {
    id: string
    kind: string
    payload: string
    grant_id: string | null
    user_code_hash: string | null
    expires_at: number | null
    consumed_at: number | null
    /** Touched to lock the row within a transaction. */
    polled_at: number | null
    /** RFC 8628 §3.5: seconds a device must wait between polls. */
    interval_seconds: number | null
    /** Who asked: address and User-Agent of a device or browser request; of a refresh token the address block of its use. */
    asked_from: string | null
  }
  /** Replies that may be given again while their successor is unused ("Refresh repeats" in docs/tour.md). */
  oauth_repeats: {
    presented_hash: string
    grant_id: string
    kind: 'refresh' | 'device'
    refresh_id_hash: string | null
    successor_hash: string
    /** The reply, sealed under the presented token; empty once the successor was used. */
    sealed_reply: string
    at: number
    expires_at: number
  }
  signing_keys: {
    kid: string
    public_jwk: string
    sealed_private_jwk: string
    created_at: number
    retired_at: number | null
  }
}
