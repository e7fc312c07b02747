import * as openid from 'openid-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { redirectAllowed } from './clients.ts'
import { oauthRoutes } from './routes.ts'
import type { Answer, Browser, OauthWorld } from './testing/world.ts'
import { authorizeQuery, Jar, makeOauthWorld, newPkce } from './testing/world.ts'

let world: OauthWorld
beforeEach(async () => {
  world = await makeOauthWorld()
})
afterEach(() => world.close())

const loopback = 'http://127.0.0.1:53111/callback'
const visit = async (path: string, jar: Jar, cookie = '') => {
  const cookies = [jar.for(path), cookie].filter(Boolean).join('; ')
  const answer = await world.ask(path, cookies === '' ? {} : { headers: { cookie: cookies } })
  jar.take(answer)
  return answer
}
const uidOf = (answer: Answer) => {
  const { origin, pathname } = new URL(answer.headers.get('location') ?? '')
  expect(origin).toBe(world.url)
  return /^\/authorize\/([\w-]+)$/.exec(pathname)?.[1] ?? ''
}
const decide = (uid: string, approve = true, browser: Browser = world.ada) =>
  oauthRoutes.decideInteraction({ ...world.call(browser), params: { uid }, body: { approve } })
const pathOf = (address: string) => address.slice(world.url.length)

/** From the program's request to where the browser is sent in the end. */
async function goThrough(path: string, approve = true): Promise<URL> {
  const jar = new Jar()
  const uid = uidOf(await visit(path, jar))
  const { redirect_to } = await decide(uid, approve)
  const sent = await visit(pathOf(redirect_to), jar, world.ada.cookie)
  expect(sent.status).toBe(303)
  return new URL(sent.headers.get('location') ?? '')
}
const redeem = (code: string, verifier: string, more: Record<string, string> = {}) =>
  world.token({
    grant_type: 'authorization_code',
    client_id: 'latch',
    code,
    redirect_uri: loopback,
    code_verifier: verifier,
    ...more,
  })

it.each([loopback, 'http://[::1]:4444/callback', 'http://127.0.0.1/callback'])(
  'signs openid-client in by code and PKCE at %s',
  async redirectUri => {
    const config = await openid.discovery(new URL(world.url), 'latch', undefined, openid.None(), {
      execute: [openid.allowInsecureRequests],
      algorithm: 'oauth2',
    })
    const pkceCodeVerifier = openid.randomPKCECodeVerifier()
    const state = openid.randomState()
    const asked = openid.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: 'agent',
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state,
    })
    const sent = await goThrough(pathOf(asked.href))
    expect(sent.searchParams.get('iss')).toBe(world.url)
    const tokens = await openid.authorizationCodeGrant(config, sent, {
      pkceCodeVerifier,
      expectedState: state,
    })
    expect(tokens).toMatchObject({ expires_in: 900, scope: 'agent', email: 'ada@acme.test' })
    expect(world.claims(tokens.access_token)).toMatchObject({ sub: world.ada.caller.person.id })
    const extra = { refresh_id: 'id-1' }
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '', extra)
    expect(refreshed.refresh_token).not.toBe(tokens.refresh_token)
    await openid.tokenRevocation(config, refreshed.refresh_token ?? '')
    await expect(openid.refreshTokenGrant(config, refreshed.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  },
)

it('finds the server by OpenID discovery too', async () => {
  const config = await openid.discovery(new URL(world.url), 'latch', undefined, openid.None(), {
    execute: [openid.allowInsecureRequests],
  })
  expect(config.serverMetadata()).toMatchObject({
    issuer: world.url,
    authorization_endpoint: `${world.url}/oauth/authorize`,
    token_endpoint: `${world.url}/oauth/token`,
    device_authorization_endpoint: `${world.url}/oauth/device_authorization`,
    revocation_endpoint: `${world.url}/oauth/revoke`,
    jwks_uri: `${world.url}/oauth/jwks`,
    scopes_supported: ['agent'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    authorization_response_iss_parameter_supported: true,
  })
  // What this server does not do is not announced.
  for (const name of Object.keys(config.serverMetadata()))
    expect(name).not.toMatch(/dpop|pushed|userinfo|registration|end_session/)
})

it('shows who asks; the session is the program’s, once it has redeemed its code', async () => {
  const pkce = newPkce()
  const jar = new Jar()
  const uid = uidOf(await visit(authorizeQuery(`${world.url}/paste`, pkce.challenge), jar))
  const shown = await oauthRoutes.getInteraction({ ...world.call(world.ada), params: { uid } })
  expect(shown).toMatchObject({ type: 'interaction', uid, redirect_host: 'localhost', client: 'latch' })
  expect(shown.address).toContain('127.0.0.1')
  const { redirect_to } = await decide(uid)
  const sent = await visit(pathOf(redirect_to), jar, world.ada.cookie)
  const { searchParams } = new URL(sent.headers.get('location') ?? '')
  await world.post(
    '/oauth/token',
    {
      grant_type: 'authorization_code',
      client_id: 'latch',
      code: searchParams.get('code') ?? '',
      redirect_uri: `${world.url}/paste`,
      code_verifier: pkce.verifier,
    },
    { 'user-agent': 'latch/0.1.0 (linux x64; laptop)' },
  )
  expect((await world.sessions())[0]?.user_agent).toBe('latch/0.1.0 (linux x64; laptop)')
})

it('sends the program access_denied when the person refuses', async () => {
  const sent = await goThrough(authorizeQuery(loopback, newPkce().challenge), false)
  expect(Object.fromEntries(sent.searchParams)).toMatchObject({
    error: 'access_denied',
    state: 'state-of-the-program',
    iss: world.url,
  })
  expect(await world.sessions()).toEqual([])
  expect(await world.events('oauth.device_denied')).toHaveLength(1)
})

it('gives the browser no session of the library', async () => {
  const jar = new Jar()
  const uid = uidOf(await visit(authorizeQuery(loopback, newPkce().challenge), jar))
  const { redirect_to } = await decide(uid)
  const sent = await visit(pathOf(redirect_to), jar, world.ada.cookie)
  expect(sent.headers.getSetCookie().join()).not.toContain('oauth_session')
})

describe('A1 redirect variants', () => {
  const variants = [
    'http://localhost:53111/callback',
    'http://127.0.0.1:53111/other',
    'http://127.0.0.1:53111/callback/',
    'http://127.0.0.1:53111/callback?x=1',
    'http://127.0.0.1:53111/callback#x',
    'http://127.0.0.1:53111/callback/../x',
    'http://127.0.0.1:53111/%63allback',
    'http://127.0.0.1:99999/callback',
    'http://127.0.0.1:053111/callback',
    'http://127.0.0.1:/callback',
    'http://127.1:53111/callback',
    'http://2130706433/callback',
    'http://0.0.0.0:53111/callback',
    'http://[::]:53111/callback',
    'http://[::ffff:127.0.0.1]:53111/callback',
    'http://user@127.0.0.1:53111/callback',
    'http://127.0.0.1:53111@evil.test/callback',
    'http://127.0.0.1.evil.test/callback',
    'https://127.0.0.1:53111/callback',
    'HTTP://127.0.0.1:53111/callback',
    'http://127.0.0.1:53111\\@evil.test/callback',
    'http://127.0.0.1:53111/callback\n',
    ' http://127.0.0.1:53111/callback',
    'https://evil.test/callback',
    '//127.0.0.1/callback',
    'javascript:alert(1)',
    'latch://callback',
    'urn:ietf:wg:oauth:2.0:oob',
    '',
  ]
  it.each(variants)('refuses %j and sends nobody there', async redirectUri => {
    expect(redirectAllowed(world.url, redirectUri)).toBe(false)
    const answer = await world.ask(authorizeQuery(redirectUri, newPkce().challenge))
    expect(answer.status).toBe(400)
    expect(answer.headers.get('location')).toBeNull()
  })
  it('takes our own page exactly, on no other port', () => {
    expect(redirectAllowed('http://localhost:4180', 'http://localhost:4180/paste')).toBe(true)
    expect(redirectAllowed('http://localhost:4180', 'http://localhost:4181/paste')).toBe(false)
    expect(redirectAllowed('https://latch.example', 'https://latch.example/paste')).toBe(true)
    expect(redirectAllowed('https://latch.example', 'https://latch.example/paste/')).toBe(false)
  })
  it('takes one redirect only, and the same when the code is redeemed', async () => {
    const path = authorizeQuery(loopback, newPkce().challenge)
    const double = await world.ask(`${path}&redirect_uri=${encodeURIComponent('http://[::1]/callback')}`)
    expect(double.status).toBe(400)
    const pkce = newPkce()
    const sent = await goThrough(authorizeQuery(loopback, pkce.challenge))
    const code = sent.searchParams.get('code') ?? ''
    const other = await redeem(code, pkce.verifier, { redirect_uri: 'http://127.0.0.1:53112/callback' })
    expect(other.body['error']).toBe('invalid_grant')
  })
})

describe('A2 PKCE', () => {
  const { challenge } = newPkce()
  it.each([
    ['missing', { code_challenge: null, code_challenge_method: null }],
    ['plain', { code_challenge_method: 'plain' }],
    ['plain by default', { code_challenge_method: null }],
    ['too short', { code_challenge: 'short' }],
  ])('refuses a challenge that is %s', async (_name, change) => {
    const answer = await world.ask(authorizeQuery(loopback, challenge, change))
    const { searchParams } = new URL(answer.headers.get('location') ?? '')
    expect(searchParams.get('error')).toBe('invalid_request')
    expect(searchParams.get('code')).toBeNull()
  })
  it('refuses a wrong or missing verifier', async () => {
    const pkce = newPkce()
    const code = (await goThrough(authorizeQuery(loopback, pkce.challenge))).searchParams.get('code') ?? ''
    expect((await redeem(code, newPkce().verifier)).body['error']).toBe('invalid_grant')
    expect((await redeem(code, '')).body['error']).toBe('invalid_grant')
    expect((await redeem(code, pkce.verifier)).status).toBe(200)
  })
})

it.each([
  ['another client', { client_id: 'coding-agent' }],
  ['an unknown client', { client_id: 'nobody' }],
  ['a token in the address', { response_type: 'token' }],
  ['an ID token', { response_type: 'code id_token' }],
])('refuses %s at the authorization endpoint', async (_name, change) => {
  const answer = await world.ask(authorizeQuery(loopback, newPkce().challenge, change))
  expect(answer.headers.get('location') ?? 'error=').toContain('error=')
  expect(answer.headers.get('location') ?? '').not.toContain('/authorize/')
})

it('A3 a code presented twice ends the session it gave', async () => {
  const pkce = newPkce()
  const code = (await goThrough(authorizeQuery(loopback, pkce.challenge))).searchParams.get('code') ?? ''
  const first = await redeem(code, pkce.verifier)
  expect(first.status).toBe(200)
  expect((await redeem(code, pkce.verifier)).body['error']).toBe('invalid_grant')
  const refreshed = await world.refresh(String(first.body['refresh_token']), { client_id: 'latch' })
  expect([refreshed.status, refreshed.body['error']]).toEqual([400, 'invalid_grant'])
  expect(await world.events('sessions.ended')).toMatchObject([{ reason: 'its code was presented twice' }])
})

it('A3 a code is of one client and lives a minute', async () => {
  const pkce = newPkce()
  const code = (await goThrough(authorizeQuery(loopback, pkce.challenge))).searchParams.get('code') ?? ''
  expect((await redeem(code, pkce.verifier, { client_id: 'coding-agent' })).status).toBe(400)
  world.advance(61)
  expect((await redeem(code, pkce.verifier)).body['error']).toBe('invalid_grant')
})

it('nobody collects the code of a person who approved in another browser', async () => {
  const attacker = new Jar()
  const eve = await world.signIn('eve@acme.test')
  const uid = uidOf(await visit(authorizeQuery(loopback, newPkce().challenge), attacker))
  // Ada is led to approve what Eve began.
  const { redirect_to } = await decide(uid)
  for (const cookie of ['', eve.cookie]) {
    const answer = await visit(pathOf(redirect_to), attacker, cookie)
    expect(answer.status).toBe(403)
    expect(answer.headers.get('location')).toBeNull()
  }
  // Ada's own browser did not begin it.
  const answer = await visit(pathOf(redirect_to), new Jar(), world.ada.cookie)
  expect(answer.status).toBe(400)
  expect(answer.headers.get('location')).toBeNull()
})

it('decides an interaction once, and within ten minutes', async () => {
  const uid = uidOf(await visit(authorizeQuery(loopback, newPkce().challenge), new Jar()))
  const outcomes = await Promise.allSettled([decide(uid), decide(uid, false)])
  expect(outcomes.map(one => one.status).sort()).toEqual(['fulfilled', 'rejected'])
  const late = uidOf(await visit(authorizeQuery(loopback, newPkce().challenge), new Jar()))
  world.advance(601)
  await expect(decide(late)).rejects.toMatchObject({ code: 'interaction_gone' })
  await expect(decide('unknown')).rejects.toMatchObject({ code: 'interaction_gone' })
})
