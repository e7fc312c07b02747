import { LatchError } from './errors.ts'

/** Whether a host is this machine itself (RFC 8252 §7.3, RFC 6761 §6.3). */
export function isLoopbackHost(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(hostname)
}

/** Whether secrets may travel to an address: https, or plain http to this machine itself. */
export function mayCarrySecrets(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))
}

/**
 * Reads the address a person typed; a bare host gets its scheme.
 *
 * @returns without a trailing slash, query or fragment: `https://latch.example.com`
 * @throws LatchError `address_refused`, exit 2
 * @example
 * readAddress('latch.example.com') // 'https://latch.example.com'
 * readAddress('localhost:4180') // 'http://localhost:4180'
 */
export function readAddress(typed: string): string {
  const text = typed.trim()
  const url = parseOrNothing(withScheme(text))
  if (!url?.hostname || url.username || url.password) {
    throw new LatchError('address_refused', {
      sentence: `"${text}" is not an address.`,
      hint: 'Give one like https://latch.example.com',
    })
  }
  if (!mayCarrySecrets(url)) {
    throw new LatchError('address_refused', { sentence: `"${text}" would carry your sign-in unencrypted.` })
  }
  return (url.origin + url.pathname).replace(/\/+$/, '')
}

function withScheme(text: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text
  const host = text.match(/^(\[[^\]]*\]|[^:/]*)/)?.[0] ?? ''
  return `${isLoopbackHost(host) ? 'http' : 'https'}://${text}`
}

function parseOrNothing(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}
