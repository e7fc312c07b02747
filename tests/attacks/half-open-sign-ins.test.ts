import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'
import { signInAgent } from '../support/sign-in-agent.ts'

/** Sign-ins that are begun and never finished. docs/operations.md, "When something is wrong". */
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ LATCHSTRING_TRUSTED_PROXIES: '127.0.0.0/8' })
})
afterAll(() => server?.stop())

const begin = async (address: string) => {
  const response = await fetch(`${server.url}/oauth/device_authorization`, {
    method: 'POST',
    headers: { 'x-forwarded-for': address, 'x-forwarded-proto': 'http' },
  })
  const body = (await response.json()) as { user_code?: string; error?: string }
  return { status: response.status, body, retryAfter: response.headers.get('retry-after') }
}

it('a network that begins a thousand is held up after sixty; others sign in beside it', async () => {
  const codes: string[] = []
  const refused: unknown[] = []
  for (let round = 0; round < 20; round++)
    for (const { status, body, retryAfter } of await Promise.all(
      Array.from({ length: 50 }, () => begin('203.0.113.9')),
    ))
      if (status === 200) codes.push(body.user_code ?? '')
      else refused.push([status, body.error, retryAfter])
  // One more for every ten seconds that this took.
  expect(codes.length).toBeGreaterThanOrEqual(60)
  expect(codes.length).toBeLessThan(80)
  expect(new Set(refused.map(one => JSON.stringify(one)))).toEqual(new Set(['[429,"slow_down","10"]']))
  const began = performance.now()
  const agent = await signInAgent(server)
  expect((await agent.message('hi', 'sandbox', false)).status).toBe(200)
  expect(performance.now() - began).toBeLessThan(2000)
})

it('a thousand half-open ones from everywhere hold nobody up, and each can still be approved', async () => {
  const codes: string[] = []
  for (let network = 0; network < 20; network++)
    for (const { body } of await Promise.all(Array.from({ length: 50 }, () => begin(`198.51.${network}.7`))))
      codes.push(body.user_code ?? '')
  expect(new Set(codes).size).toBe(1000)
  const began = performance.now()
  const agent = await signInAgent(server)
  expect((await agent.message('hi', 'sandbox', false)).status).toBe(200)
  expect(performance.now() - began).toBeLessThan(2000)
  for (const user_code of [codes[0], codes[500], codes[999]])
    await server.owner.ask('POST', '/v1/oauth/device/decide', { user_code, approve: false })
})
