import type { TokenRule } from '@latchstring/kit/access-token'
import type { Secret } from '@latchstring/kit/secret'
import type {
  ModelPolicy,
  Principal,
  ProviderAccount,
  Revocation,
} from '@latchstring/protocol/gateway-contract'
import { Ended, endNames, endsPrincipal } from './ended.ts'
import type { Model } from './provider.ts'
import { Remembered } from './remembered.ts'

/** Revocations make every entry leave in time; this is the belt to those braces. */
export const longestMs = 60_000
/** How long an unknown credential is refused without asking again. */
export const unknownMs = 5_000
export const modelListMs = 300_000

/** All that the gateway remembers between requests. Every part is bounded, and every part obeys revocations. */
export class Memory {
  /** Verified access tokens by the SHA-256 of the token. */
  readonly tokens = new Remembered<Principal>(50_000)
  /** Resolved keys by the SHA-256 of the key. */
  readonly keys = new Remembered<Principal>(50_000)
  /** Hashes of credentials that nobody knows. */
  readonly unknown = new Remembered<true>(10_000)
  readonly policies = new Remembered<ModelPolicy>(10_000)
  readonly accounts = new Remembered<readonly ProviderAccount[]>(10_000)
  /** What each provider account lists, by account id. */
  readonly modelLists = new Remembered<Model[]>(1_000)
  /** Opened provider secrets by their sealed text. */
  readonly secrets = new Remembered<Secret>(1_000)
  tokenRule: TokenRule | null = null
  ended = new Ended()

  /** @param now milliseconds since 1970 */
  apply(entries: readonly Revocation[], now: number): void {
    this.ended.add(entries, now)
    this.unknown.clear()
    const names = endNames(entries)
    const gone = (principal: Principal) => endsPrincipal(names, principal)
    this.tokens.forget(gone)
    this.keys.forget(gone)
    for (const { kind, id } of entries) {
      if (kind === 'signing_keys') {
        this.tokenRule = null
        this.tokens.clear()
      }
      if (kind === 'member_changed')
        this.keys.forget(({ organizationId, personId }) => id === `${organizationId}/${personId}`)
      if (kind === 'policy' || kind === 'organization') this.policies.delete(id)
      if (kind === 'providers' || kind === 'organization') {
        this.accounts.delete(id)
        this.modelLists.clear()
        this.secrets.clear()
      }
    }
  }

  clear(): void {
    for (const part of [this.tokens, this.keys, this.unknown, this.policies, this.accounts]) part.clear()
    this.modelLists.clear()
    this.secrets.clear()
    this.tokenRule = null
    this.ended = new Ended()
  }
}
