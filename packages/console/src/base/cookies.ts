import type { CookieName } from './caller.ts'
import type { Reply } from './routes.ts'

/**
 * Cookies are HttpOnly and SameSite=Lax; over HTTPS they carry the `__Host-` prefix (RFC 6265bis §4.1.3.2), which binds
 * them to this host and path. The port is part of the name on loopback, where several servers share one cookie jar.
 */
function wireName(name: CookieName, url: string): string {
  const { protocol, port } = new URL(url)
  return protocol === 'https:'
    ? `__Host-latchstring_${name}`
    : `latchstring_${name}${port === '' ? '' : `_${port}`}`
}

export function cookieReader(
  header: string | undefined,
  url: string,
): (name: CookieName) => string | undefined {
  return name => {
    const wanted = wireName(name, url)
    for (const part of (header ?? '').split(';')) {
      const at = part.indexOf('=')
      if (at > 0 && part.slice(0, at).trim() === wanted) return part.slice(at + 1).trim()
    }
    return undefined
  }
}

export function cookieWriter(url: string): Reply & { written: string[] } {
  const secure = new URL(url).protocol === 'https:' ? '; Secure' : ''
  const written: string[] = []
  const write = (name: CookieName, value: string, maxAgeSeconds: number) =>
    void written.push(
      `${wireName(name, url)}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure}`,
    )
  return { written, setCookie: write, clearCookie: name => write(name, '', 0) }
}
