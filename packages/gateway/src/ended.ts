import type { Principal, Revocation } from '@latchstring/protocol/gateway-contract'

/** Longer than any access token lives; what ended longer ago cannot come back as a token. */
export const longestTokenLifeMs = 24 * 60 * 60 * 1000

/** Ends as words that can be looked up: `session <id>`, `member <organization id>/<person id>`. */
export type EndNames = ReadonlySet<string>

export function endNames(entries: readonly Revocation[]): EndNames {
  return new Set(entries.map(({ kind, id }) => `${kind} ${id}`))
}

const member = ({ organizationId, personId }: Principal) => `member ${organizationId}/${personId}`
const organization = ({ organizationId }: Principal) => `organization ${organizationId}`

/** Whether one of these ends this principal's credential. */
export function endsPrincipal(names: EndNames, principal: Principal): boolean {
  return (
    names.has(`session ${principal.sessionId}`) ||
    names.has(`key ${principal.keyId}`) ||
    names.has(member(principal)) ||
    names.has(organization(principal))
  )
}

/**
 * What ended while tokens that name it may still be around. A token is checked offline, so its end must be remembered
 * here until it would have ended by itself. Keys need no place: they are looked up again.
 */
export class Ended {
  readonly #at = new Map<string, number>()

  add(entries: readonly Revocation[], now: number): void {
    for (const [name, at] of this.#at) {
      if (at > now - longestTokenLifeMs) break
      this.#at.delete(name)
    }
    for (const { kind, id, at } of entries) {
      if (kind !== 'session' && kind !== 'member' && kind !== 'organization') continue
      const name = `${kind} ${id}`
      const known = this.#at.get(name)
      this.#at.delete(name)
      this.#at.set(name, Math.max(at ?? now, known ?? 0))
    }
  }

  /**
   * A session never comes back. A member or an organization may, and tokens issued after that are good.
   *
   * @param issuedAt milliseconds since 1970
   */
  includes(principal: Principal, issuedAt: number): boolean {
    if (this.#at.size === 0) return false
    if (this.#at.has(`session ${principal.sessionId}`)) return true
    const ended = Math.max(this.#at.get(member(principal)) ?? -1, this.#at.get(organization(principal)) ?? -1)
    return ended >= issuedAt
  }
}
