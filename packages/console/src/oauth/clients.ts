import { agentScope, latchClientId, pastePath, stockAgentClientId } from '@latchstring/protocol/base/names'
import type { ClientMetadata } from 'oidc-provider'

/** RFC 8628 §3.4. */
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/** The clients by id, as people see them. There are no others. */
const names: Record<string, string> = { [latchClientId]: 'latch', [stockAgentClientId]: 'Coding agent' }

export const clientName = (id: string): string => names[id] ?? id

/** Both are public: a secret in a program that everybody has is none (RFC 8252 §8.5). */
export const clients: ClientMetadata[] = [
  {
    client_id: latchClientId,
    client_name: clientName(latchClientId),
    application_type: 'native',
    grant_types: ['authorization_code', 'refresh_token', deviceGrant],
    response_types: ['code'],
    response_modes: ['query'],
    redirect_uris: ['http://127.0.0.1/callback', 'http://[::1]/callback'],
  },
  {
    client_id: stockAgentClientId,
    client_name: clientName(stockAgentClientId),
    application_type: 'native',
    grant_types: ['refresh_token', deviceGrant],
    response_types: [],
    redirect_uris: [],
  },
]

/** The one resource and scope of this server, as oidc-provider wants to know it (RFC 8707, RFC 9068). */
export const resourceOf = (url: string, accessTokenSeconds: number) => ({
  scope: agentScope,
  audience: url,
  accessTokenFormat: 'jwt' as const,
  accessTokenTTL: accessTokenSeconds,
  jwt: { sign: { alg: 'ES256' as const } },
})

const loopback = /^http:\/\/(?:127\.0\.0\.1|\[::1\])(?::([1-9][0-9]{0,4}))?\/callback$/

/**
 * Whether a code may be sent there: a program on the person's own machine, at any port (RFC 8252 §7.3), or our page that
 * shows it for pasting. Compared as text, so that no other spelling of an address passes (RFC 9700 §4.1.3).
 *
 * @example
 * redirectAllowed('http://localhost:4180', 'http://127.0.0.1:53111/callback') // true
 * redirectAllowed('http://localhost:4180', 'http://localhost:53111/callback') // false
 */
export function redirectAllowed(url: string, redirectUri: unknown): boolean {
  if (typeof redirectUri !== 'string') return false
  if (redirectUri === `${url}${pastePath}`) return true
  const port = loopback.exec(redirectUri)
  return port !== null && Number(port[1] ?? 80) <= 65535
}
