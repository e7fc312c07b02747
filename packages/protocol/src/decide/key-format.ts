import { toBase64url } from '../base/base64url.ts'

/**
 * A key as people hold it: `lsk_`, 43 characters of base64url (256 random bits) and 6 characters of checksum. Secret
 * scanners match the shape; a mistyped or cut key is told apart before any look-up.
 */
export const keyPattern = /^lsk_[A-Za-z0-9_-]{43}[0-9a-z]{6}$/

const prefix = 'lsk_'

/** CRC-32 (IEEE 802.3), as the checksum of a key: it finds typing mistakes, it keeps no secret. */
function crc32(text: string): number {
  let crc = 0xffffffff
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i)
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

const checksum = (body: string) => (crc32(body) % 36 ** 6).toString(36).padStart(6, '0')

/** Makes a new key. It is shown once and kept only as its SHA-256. */
export function newKey(): string {
  const body = toBase64url(crypto.getRandomValues(new Uint8Array(32)))
  return prefix + body + checksum(body)
}

/**
 * Whether text has the shape and checksum of a key. Says nothing of whether the key exists.
 *
 * @example
 * isKey('lsk_short') // false
 */
export function isKey(text: string): boolean {
  return keyPattern.test(text) && checksum(text.slice(prefix.length, -6)) === text.slice(-6)
}

/** What lists show of a key: its prefix and last four characters. */
export function keyHint(key: string): string {
  return `${key.slice(0, 8)}…${key.slice(-4)}`
}
