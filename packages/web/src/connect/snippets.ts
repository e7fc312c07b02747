import { helperTtlMilliseconds } from '@latchstring/protocol/base/names'

/** What a person types or pastes, for this console's address. */
export const snippets = (origin: string) => ({
  install: `curl -fsSL ${origin}/install/install.sh | sh`,
  login: `latch login ${origin}`,
  device: `latch login ${origin} --device`,
  token: 'latch token',
  exec: 'latch exec -- claude',
  helperSettings: JSON.stringify(
    {
      apiKeyHelper: 'latch token',
      env: {
        ANTHROPIC_BASE_URL: origin,
        CLAUDE_CODE_API_KEY_HELPER_TTL_MS: String(helperTtlMilliseconds),
      },
    },
    null,
    2,
  ),
  gatewaySettings: JSON.stringify({ forceLoginMethod: 'gateway', forceLoginGatewayUrl: origin }, null, 2),
  request: [
    `curl ${origin}/v1/messages \\`,
    '  -H "authorization: Bearer $(latch token)" \\',
    "  -H 'content-type: application/json' \\",
    "  -H 'anthropic-version: 2023-06-01' \\",
    `  -d '{"model":"sandbox","max_tokens":64,"messages":[{"role":"user","content":"Hello"}]}'`,
  ].join('\n'),
})

/** Addresses that a stock agent takes as a gateway: loopback and private ones (RFC 1918, RFC 4193, link-local). */
export function isPrivateHost(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost')) return true
  const v6 = host.match(/^\[(.+)\]$/)?.[1]?.toLowerCase()
  if (v6 !== undefined) return v6 === '::1' || /^f[cd]/.test(v6) || /^fe[89ab]/.test(v6)
  const [a = -1, b = -1, ...rest] = host.split('.').map(Number)
  if (rest.length !== 2 || [a, b, ...rest].some(part => !Number.isInteger(part))) return false
  return (
    a === 127 ||
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254)
  )
}
