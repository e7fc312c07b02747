/** What stops working when the one address changes. */
export type Move = {
  /** A passkey belongs to its RP id, the host name (WebAuthn §5.1.2); no other name gets at it. */
  passkeys: boolean
  /** A browser keeps a cookie for its host; its name also carries scheme and, on http, port (console/base/cookies.ts). */
  webSessions: boolean
  /** Tokens name their issuer and audience, the whole address (RFC 9068 §4); `latch` keeps its sign-in under it. */
  agentSessions: boolean
}

/**
 * Pure.
 *
 * @example
 * planMove('https://a.test', 'https://a.test:8443') // { passkeys: false, webSessions: false, agentSessions: true }
 */
export function planMove(from: string, to: string): Move {
  const [before, after] = [new URL(from), new URL(to)]
  const passkeys = before.hostname !== after.hostname
  const scheme = before.protocol !== after.protocol
  const cookieName = scheme || (after.protocol === 'http:' && before.port !== after.port)
  return { passkeys, webSessions: passkeys || cookieName, agentSessions: before.origin !== after.origin }
}
