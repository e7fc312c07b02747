import { afterEach, describe, expect, it, vi } from 'vitest'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'
import { signInAgent } from '../support/sign-in-agent.ts'

/** The machine's clock is set by an hour while the server runs. docs/operations.md, "When something is wrong". */
let server: TestServer
afterEach(async () => {
  vi.useRealTimers()
  await server?.stop()
})

const hour = 3_600_000

async function startAt(now: number) {
  vi.useFakeTimers({ toFake: ['Date'], now })
  server = await startTestServer()
  return await signInAgent(server)
}
const step = (ms: number) => vi.setSystemTime(Date.now() + ms)

const callByKey = async () =>
  (
    await fetch(`${server.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': server.adminKey, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'sandbox', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }),
    })
  ).status

describe.each([
  ['forward', hour],
  ['back', -hour],
])('an hour %s', (_direction, ms) => {
  it('signs nobody out, and keys go on', async () => {
    const agent = await startAt(1_800_000_000_000)
    expect(await callByKey()).toBe(200)
    step(ms)
    expect(await callByKey()).toBe(200)
    // A token of a quarter of an hour has ended an hour later; the agent renews it by itself.
    expect((await agent.message('hi', 'sandbox', false)).status).toBe(ms > 0 ? 401 : 200)
    expect((await agent.refresh()).status).toBe(200)
    expect((await agent.message('hi', 'sandbox', false)).status).toBe(200)
    expect((await server.owner.send('GET', '/v1/organizations/sessions/current')).status).toBe(200)
    step(-ms)
    expect((await agent.refresh()).status).toBe(200)
    expect((await agent.message('hi', 'sandbox', false)).status).toBe(200)
  })

  it('lets new sign-ins through, and brings back nothing that has ended', async () => {
    const agent = await startAt(1_800_000_000_000)
    expect((await agent.message('hi', 'sandbox', false)).status).toBe(200)
    await server.owner.ask('POST', '/v1/sign_in/links', { email: 'owner@acme.test' })
    await agent.signOut()
    step(ms)
    expect((await agent.message('hi', 'sandbox', false)).status).toBe(401)
    expect((await agent.refresh()).status).toBe(401)
    const next = (await server.owner.send('POST', '/v1/sign_in/links', { email: 'owner@acme.test' })).status
    expect(next).toBe(202)
    const browser = await server.browserOf('owner@acme.test')
    const other = await signInAgent(server, browser)
    expect((await other.message('hi', 'sandbox', false)).status).toBe(200)
    await other.signOut()
    expect((await other.message('hi', 'sandbox', false)).status).toBe(401)
  })
})
