/**
 * Identifiers as they appear on the wire: a noun's prefix and 24 characters of the base-32 alphabet, 120 random bits.
 * Prefixes follow the published Admin API (`user_…`, `apikey_…`, `wrkspc_…`); ours are additive.
 */
export const idPrefixes = {
  person: 'user_',
  session: 'session_',
  key: 'apikey_',
  provider: 'provider_',
  policy: 'policy_',
  auditLine: 'audit_',
  mail: 'mail_',
  ceremony: 'ceremony_',
  passkey: 'passkey_',
  usage: 'usage_',
  request: 'req_',
} as const

export type IdNoun = keyof typeof idPrefixes

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * Makes an identifier. Random bits come from Web Crypto, which Node.js and browsers share.
 *
 * @example
 * newId('key') // 'apikey_3v8k…', 24 characters after the prefix
 */
export function newId(noun: IdNoun): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24))
  let id: string = idPrefixes[noun]
  for (const byte of bytes) id += alphabet[byte & 31]
  return id
}
