import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeOauth, retireSigningKeys, rotateSigningKey } from './service.ts'
import type { OauthWorld } from './testing/world.ts'
import { agents, authorizeQuery, makeOauthWorld, newPkce } from './testing/world.ts'

let world: OauthWorld
beforeEach(async () => {
  world = await makeOauthWorld()
})
afterEach(() => world.close())

it.each([
  ['Host', { host: 'evil.test' }, ''],
  ['X-Forwarded-Host', { 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'https' }, ''],
  ['Forwarded', { forwarded: 'host=evil.test;proto=https' }, ''],
  ['a request line with a whole URL', { host: 'evil.test' }, 'http://evil.test'],
])('leads nobody elsewhere by %s', async (_name, headers, before) => {
  const ask = (method: string, path: string) =>
    world.raw({
      method,
      path: before + path,
      headers: { host: new URL(world.url).host, ...headers } as never,
    })
  for (const path of ['oauth-authorization-server', 'openid-configuration']) {
    const { status, text } = await ask('GET', `/.well-known/${path}`)
    expect(status).toBe(200)
    expect(text).toContain(`"token_endpoint":"${world.url}/oauth/token"`)
    expect(text).not.toMatch(/evil|https:/)
  }
  const device = await ask('POST', '/oauth/device_authorization')
  expect(device.body['verification_uri']).toBe(`${world.url}/device`)
  expect(device.text).not.toMatch(/evil|https:/)
  const browser = await ask('GET', authorizeQuery('http://127.0.0.1:1/callback', newPkce().challenge))
  expect(browser.headers.get('location')).toMatch(new RegExp(`^${world.url}/authorize/`))
  expect(JSON.stringify([...browser.headers])).not.toContain('evil')
  const rows = await world.base.database.handle().selectFrom('oauth_artifacts').select('payload').execute()
  expect(JSON.stringify(rows)).not.toContain('evil')
})

it('A10 lets no other site’s script start a sign-in or read a token', async () => {
  const { refresh_token } = await world.device()
  for (const origin of ['https://evil.test', 'null', 'http://127.0.0.1']) {
    for (const [path, form] of [
      ['/oauth/token', { grant_type: 'refresh_token', refresh_token }],
      ['/oauth/device_authorization', {}],
    ] as const) {
      const reply = await world.post(path, form, { origin })
      expect([path, origin, reply.status]).toEqual([path, origin, 400])
      expect(reply.headers.get('access-control-allow-origin')).toBeNull()
    }
  }
  expect((await world.refresh(refresh_token)).headers.get('access-control-allow-origin')).toBeNull()
  const preflight = await world.ask('/oauth/token', {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.test', 'access-control-request-method': 'POST' },
  })
  expect(preflight.status).toBe(404)
  expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
})

it('A10 another site’s page cannot use up the sign-ins of its reader’s network', async () => {
  const page = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }
  for (let i = 0; i < 61; i++) {
    const form = await world.post('/oauth/device_authorization', {}, { ...page, origin: 'https://evil.test' })
    const image = await world.ask('/oauth/authorize', { headers: { ...page, 'sec-fetch-dest': 'image' } })
    expect([i, form.status, image.status]).toEqual([i, 400, 400])
  }
  expect((await world.post('/oauth/device_authorization', {})).status).toBe(200)
  const opened = await world.ask('/oauth/authorize?client_id=latch', {
    headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' },
  })
  expect(opened.status).not.toBe(429)
})

it('A10 takes no client secret and no other way to prove a client', async () => {
  const { refresh_token } = await world.device()
  const basic = { authorization: `Basic ${btoa('coding-agent:secret')}` }
  const reply = await world.post('/oauth/token', { grant_type: 'refresh_token', refresh_token }, basic)
  expect([reply.status, reply.body['error']]).toEqual([401, 'invalid_client'])
  expect((await world.refresh(refresh_token, { client_secret: 'x' })).status).toBe(200)
})

it('answers nothing but its own addresses', async () => {
  for (const [method, path] of [
    ['GET', '/oauth/token'],
    ['GET', '/oauth/device_authorization'],
    ['POST', '/oauth/authorize'],
    ['GET', '/oauth/me'],
    ['GET', '/oauth/introspect'],
    ['POST', '/request'],
    ['GET', '/device'],
    ['POST', '/device'],
    ['GET', '/session/end'],
    ['POST', '/session/end/confirm'],
    ['GET', '/OAUTH/jwks'],
    ['GET', '/oauth/jwks/'],
    ['GET', '/oauth/authorize/'],
  ] as const) {
    const reply = await world.ask(path, { method })
    expect([method, path, reply.status]).toEqual([method, path, 404])
  }
})

it('puts a request id and careful headers on every reply', async () => {
  const jwks = await world.ask('/oauth/jwks')
  for (const reply of [
    jwks,
    await world.ask('/oauth/nothing'),
    await world.post('/oauth/token', {}),
    await world.ask('/oauth/authorize'),
    await world.ask('/oauth/authorize/unknown'),
  ]) {
    expect(reply.headers.get('request-id')).toMatch(/^req_/)
    const kept = reply === jwks ? 'public, max-age=300' : 'no-store'
    expect(reply.headers.get('cache-control')).toBe(kept)
    expect(reply.headers.get('referrer-policy')).toBe('no-referrer')
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff')
  }
})

it('shows a person a page, without what the request put in', async () => {
  const reply = await world.ask(
    '/oauth/authorize?client_id=%3Cscript%3Ealert(1)%3C/script%3E&response_type=code',
  )
  expect(reply.status).toBe(400)
  expect(reply.headers.get('content-type')).toContain('text/html')
  expect(reply.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(reply.text).toContain('latch login')
  expect(reply.text).not.toContain('<script>')
})

it('writes no token, code or verifier into the log', async () => {
  const started = await world.startDevice()
  await world.decide(String(started['user_code']), true)
  const reply = await world.poll(String(started['device_code']))
  await world.refresh('a-token-that-nobody-knows')
  const log = world.base.logged.join('')
  for (const secret of [
    started['device_code'],
    started['user_code'],
    reply.body['access_token'],
    reply.body['refresh_token'],
    'a-token-that-nobody-knows',
  ])
    expect(log).not.toContain(String(secret))
})

const kidOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid as string
const published = async () => {
  const { keys } = (await world.ask('/oauth/jwks')).body as { keys: Record<string, unknown>[] }
  for (const key of keys) expect(key['d']).toBeUndefined()
  return keys.map(key => key['kid'])
}

it('A11 a new key is published without a restart, signs six minutes later, and what the old one signed stays good', async () => {
  const before = await world.device()
  const old = kidOf(before.access_token)
  world.advance(1)
  const { kid, signsAt } = await rotateSigningKey(world.base)
  expect(await published()).toEqual([old])
  await world.followKeys()
  expect(await published()).toEqual([old, kid])
  expect(kidOf((await world.device()).access_token)).toBe(old)
  world.advance((signsAt - world.base.now()) / 1000)
  await world.followKeys()
  const after = await world.device()
  expect([kidOf(after.access_token), await published()]).toEqual([kid, [kid, old]])
  expect(world.claims(before.access_token)).toBeDefined()
  expect(world.claims(after.access_token)).toBeDefined()
  expect((await world.refresh(before.refresh_token)).status).toBe(200)
  expect(world.base.revocations.since(0).entries.map(entry => entry.kind)).toEqual([
    'signing_keys',
    'signing_keys',
  ])
  await world.restart()
  expect(await published()).toEqual([kid, old])
})

it('A11 the old key is retired when its last token has ended; its private half is gone', async () => {
  const old = kidOf((await world.device()).access_token)
  world.advance(1)
  const { kid, signsAt } = await rotateSigningKey(world.base)
  world.advance((signsAt - world.base.now()) / 1000)
  await world.followKeys()
  await retireSigningKeys(world.base)
  expect(await published()).toEqual([kid, old])
  world.advance(24 * 3600)
  await retireSigningKeys(world.base)
  await world.followKeys()
  expect(await published()).toEqual([kid])
  const rows = await world.base.database.handle().selectFrom('signing_keys').selectAll().execute()
  expect(rows.find(row => row.kid === old)).toMatchObject({
    sealed_private_jwk: '',
    retired_at: world.base.now(),
  })
  expect(await world.events('oauth.signing_key_retired')).toHaveLength(1)
})

it('a stock agent’s refresh holds no client_id, no id and no more (recorded)', async () => {
  const { refresh_token } = await world.device()
  const reply = await world.post(
    '/oauth/token',
    { grant_type: 'refresh_token', refresh_token },
    agents['2.1.197'],
  )
  expect(reply.status).toBe(200)
})

it('behind HTTPS every address is https and every cookie Secure, whatever the socket is', async () => {
  const oauth = await makeOauth({
    ...world.base,
    settings: { ...world.base.settings, url: 'https://latch.example' },
  })
  const server = createServer((request, response) => oauth.listener(request, response))
  await new Promise<void>(done => void server.listen(0, '127.0.0.1', done))
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const found = await (await fetch(`${at}/.well-known/oauth-authorization-server`)).json()
  expect(found).toMatchObject({
    issuer: 'https://latch.example',
    token_endpoint: 'https://latch.example/oauth/token',
    revocation_endpoint: 'https://latch.example/oauth/revoke',
  })
  const path = authorizeQuery('https://latch.example/paste', newPkce().challenge)
  const reply = await fetch(`${at}${path}`, { redirect: 'manual' })
  expect(reply.headers.get('location')).toMatch(/^https:\/\/latch\.example\/authorize\//)
  const cookies = reply.headers.getSetCookie()
  expect(cookies.length).toBeGreaterThan(1)
  for (const cookie of cookies) expect(cookie).toMatch(/; secure; httponly/i)
  server.closeAllConnections()
  await new Promise<void>(done => void server.close(() => done()))
})
