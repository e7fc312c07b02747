import { expect, test } from 'vitest'
import { isPrivateHost, snippets } from './snippets.ts'

const origin = 'http://localhost:4180'

test('the settings are JSON that names this server and the published short time', () => {
  expect(JSON.parse(snippets(origin).helperSettings)).toEqual({
    apiKeyHelper: 'latch token',
    env: { ANTHROPIC_BASE_URL: origin, CLAUDE_CODE_API_KEY_HELPER_TTL_MS: '60000' },
  })
  expect(JSON.parse(snippets(origin).gatewaySettings)).toEqual({
    forceLoginMethod: 'gateway',
    forceLoginGatewayUrl: origin,
  })
})

test('the first request carries a JSON body that a shell passes on unchanged', () => {
  const body = snippets(origin).request.match(/-d '(.+)'$/)?.[1] ?? ''
  expect(JSON.parse(body)).toMatchObject({ model: 'sandbox' })
})

test.each(['localhost', '127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '[::1]', '[fd00::1]'])(
  '%s is private',
  host => {
    expect(isPrivateHost(host)).toBe(true)
  },
)

test.each(['latch.acme.test', '8.8.8.8', '172.32.0.1', '10.acme.test', '[2001:db8::1]'])(
  '%s is public',
  host => {
    expect(isPrivateHost(host)).toBe(false)
  },
)
