import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'
import { signInAgent } from '../support/sign-in-agent.ts'
import { StockAgent } from '../support/stock-agent.ts'

/** What a published coding agent does in gateway mode, as recorded of versions 2.1.197 and 2.1.330. */
let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.stop())

const message = (response: Response) =>
  response.json() as Promise<{ error: { type: string; message: string } }>

describe.each(['2.1.197', '2.1.330'] as const)('version %s', version => {
  it('finds both endpoints on the configured name, signs in, gets settings, calls, refreshes, signs out', async () => {
    const agent = new StockAgent(server.url, version)
    const found = await agent.discover()
    expect(found).toMatchObject({
      issuer: server.url,
      device_authorization_endpoint: `${server.url}/oauth/device_authorization`,
      token_endpoint: `${server.url}/oauth/token`,
      revocation_endpoint: `${server.url}/oauth/revoke`,
    })
    const device = await agent.beginSignIn()
    expect(device['user_code']).toMatch(/^[A-Z]{4}-[A-Z]{4}$/)
    expect(device).toMatchObject({ verification_uri: `${server.url}/device`, expires_in: 600, interval: 5 })
    expect((await agent.poll(device['device_code'] ?? '')).body['error']).toBe('authorization_pending')
    await server.owner.ask('POST', '/v1/oauth/device/decide', {
      user_code: device['user_code'],
      approve: true,
    })
    const second = new StockAgent(server.url, version)
    await expect
      .poll(async () => (await second.poll(device['device_code'] ?? '')).status, {
        interval: 1000,
        timeout: 15_000,
      })
      .toBe(200)
    expect(second.tokens).toMatchObject({ token_type: 'Bearer', expires_in: 900, email: 'owner@acme.test' })
    expect((await second.settings()).status).toBe(404)
    expect((await second.message()).status).toBe(200)
    expect((await second.refresh()).status).toBe(200)
    expect((await second.message()).status).toBe(200)
    await second.signOut()
    const refused = await second.message()
    expect([
      refused.status,
      refused.headers.get('x-should-retry'),
      (await message(refused)).error.message,
    ]).toEqual([401, 'false', 'invalid token'])
  })
})

it('survives a restart of the server: token, refresh and settings go on', async () => {
  const agent = await signInAgent(server)
  await server.restart()
  expect((await agent.message()).status).toBe(200)
  expect((await agent.refresh()).status).toBe(200)
  expect((await agent.message()).status).toBe(200)
})

it('lets three processes present one refresh token at once, and the losers go on with what the file holds', async () => {
  const agent = await signInAgent(server)
  const token = agent.tokens?.refresh_token
  const answers = await Promise.all([agent.refresh(token), agent.refresh(token), agent.refresh(token)])
  expect(answers.map(answer => answer.status)).toEqual([200, 200, 200])
  expect(new Set(answers.map(answer => answer.body['refresh_token'])).size).toBe(1)
  expect((await agent.refresh()).status).toBe(200)
})

it('gets settings with an ETag, and 304 until they change', async () => {
  const agent = await signInAgent(server)
  const publish = (settings: object) =>
    server.owner.ask('POST', '/v1/organizations/policies/managed_settings', { settings })
  await publish({ cleanupPeriodDays: 20 })
  const first = await agent.settings()
  expect(await first.json()).toMatchObject({ settings: { cleanupPeriodDays: 20 } })
  const etag = first.headers.get('etag') ?? ''
  expect((await agent.settings(etag)).status).toBe(304)
  await publish({ cleanupPeriodDays: 21 })
  expect((await agent.settings(etag)).status).toBe(200)
  await server.owner.ask('DELETE', '/v1/organizations/policies/managed_settings')
})

it('is held to the organisation’s list of models, told in words, and not by 401 or 403', async () => {
  const agent = await signInAgent(server)
  await server.owner.ask('POST', '/v1/organizations/policies/managed_settings', {
    settings: { availableModels: ['sandbox'] },
  })
  const refused = await agent.message('hi', 'claude-opus-4-7')
  expect([refused.status, (await message(refused)).error.type]).toEqual([400, 'invalid_request_error'])
  expect((await agent.message('hi', 'sandbox')).status).toBe(200)
  await server.owner.ask('DELETE', '/v1/organizations/policies/managed_settings')
  expect((await agent.message('hi', 'claude-opus-4-7')).status).toBe(200)
})

it('ends at the next request when its session is ended, its person removed, or its role lowered', async () => {
  await server.owner.ask('POST', '/v1/organizations/users', { email: 'dev@acme.test', role: 'developer' })
  const dev = await server.browserOf('dev@acme.test')
  const { user } = await dev.ask<{ user: { id: string } }>('GET', '/v1/organizations/sessions/current')
  const sessions = async () =>
    (
      await server.owner.ask<{ data: { id: string; kind: string }[] }>(
        'GET',
        `/v1/organizations/sessions?user_id=${user.id}`,
      )
    ).data.filter(one => one.kind === 'agent')

  const ended = await signInAgent(server, dev)
  expect((await ended.message()).status).toBe(200)
  await server.owner.ask('DELETE', `/v1/organizations/sessions/${(await sessions())[0]?.id}`)
  expect((await ended.message()).status).toBe(401)
  expect((await ended.refresh()).body['error']).toBe('invalid_grant')
  expect((await ended.settings()).status).toBe(401)

  const lowered = await signInAgent(server, dev)
  await server.owner.ask('POST', `/v1/organizations/users/${user.id}`, { role: 'billing' })
  expect((await lowered.message()).status).toBe(401)
  await server.owner.ask('POST', `/v1/organizations/users/${user.id}`, { role: 'developer' })

  const removed = await signInAgent(server, dev)
  await server.owner.ask('DELETE', `/v1/organizations/users/${user.id}`)
  expect((await removed.message()).status).toBe(401)
  expect((await dev.send('GET', '/v1/organizations/sessions/current')).status).toBe(401)
})

it('is not let in by a person whose role may not connect agents', async () => {
  await server.owner.ask('POST', '/v1/organizations/users', { email: 'money@acme.test', role: 'billing' })
  const billing = await server.browserOf('money@acme.test')
  const agent = new StockAgent(server.url)
  const { user_code } = await agent.beginSignIn()
  expect((await billing.send('POST', '/v1/oauth/device/decide', { user_code, approve: true })).status).toBe(
    403,
  )
})

it('behind a failing helper, a signed-out person reads "run latch login" at once', async () => {
  const ask = (headers: Record<string, string>) =>
    fetch(`${server.url}/v1/messages?beta=true`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{"model":"x"}',
    })
  const helper = await ask({ 'x-api-key': '', authorization: 'Bearer ' })
  expect(helper.status).toBe(402)
  expect((await message(helper)).error.message).toContain('latch login')
  for (const missing of [{}, { 'x-api-key': '' }, { authorization: 'Bearer ' }]) {
    const refused = await ask(missing as Record<string, string>)
    expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([401, 'false'])
  }
})
