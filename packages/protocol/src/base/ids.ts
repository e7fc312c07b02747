/**
 * Identifiers as they appear on the wire: a noun's prefix and 24 characters of base 32.
 * Prefixes follow the published Admin API (`user_…`, `apikey_…`, `wrkspc_…`); ours are additive.
 */
export const idPrefixes = {
  person: 'user_',
  session: 'session_',
  key: 'apikey_',
  provider: 'provider_',
  policy: 'policy_',
  auditLine: 'audit_',
  auditHead: 'audithead_',
  mail: 'mail_',
  ceremony: 'ceremony_',
  passkey: 'passkey_',
  usage: 'usage_',
  request: 'req_',
} as const

export type IdNoun = keyof typeof idPrefixes

/** Crockford's alphabet: in ASCII order, so that identifiers sort as their numbers do. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

let lastMoment = 0
let within = 0

/**
 * Makes an identifier: 10 characters of time (milliseconds), 2 that count within one millisecond, 12 random ones (60
 * bits). What one process makes therefore sorts in the order it was made, and a list pages by its identifiers.
 * An identifier is never a secret.
 *
 * @param now milliseconds since 1970
 * @example
 * newId('key') // 'apikey_01k…', 24 characters after the prefix
 */
export function newId(noun: IdNoun, now: number = Date.now()): string {
  if (now > lastMoment) {
    lastMoment = now
    within = 0
  } else if (++within === 1024) {
    lastMoment++
    within = 0
  }
  let id: string = idPrefixes[noun]
  for (let place = 9; place >= 0; place--) id += alphabet[Math.floor(lastMoment / 32 ** place) % 32]
  id += `${alphabet[within >> 5]}${alphabet[within & 31]}`
  for (const byte of crypto.getRandomValues(new Uint8Array(12))) id += alphabet[byte & 31]
  return id
}
