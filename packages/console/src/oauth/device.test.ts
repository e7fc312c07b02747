import { afterEach, beforeEach, expect, it } from 'vitest'
import { oauthRoutes } from './routes.ts'
import type { OauthWorld } from './testing/world.ts'
import { agents, makeOauthWorld } from './testing/world.ts'

let world: OauthWorld
beforeEach(async () => {
  world = await makeOauthWorld()
})
afterEach(() => world.close())

it('signs a stock agent in that sends no client_id, as 2.1.330 does', async () => {
  const started = await world.post(
    '/oauth/device_authorization',
    { surface: 'claude_code' },
    agents['2.1.330'],
  )
  expect(started.status).toBe(200)
  expect(started.body).toEqual({
    device_code: expect.stringMatching(/^[\w-]{43}$/),
    user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
    verification_uri: `${world.url}/device`,
    verification_uri_complete: `${world.url}/device?user_code=${started.body['user_code']}`,
    expires_in: 600,
    interval: 5,
    login_notice: expect.stringContaining(new URL(world.url).host),
  })
  const code = String(started.body['device_code'])
  expect((await world.poll(code)).body['error']).toBe('authorization_pending')
  await world.decide(String(started.body['user_code']), true)
  world.advance(5)
  const reply = await world.poll(code)
  expect(reply.status).toBe(200)
  expect(reply.headers.get('cache-control')).toBe('no-store')
  expect(reply.body).toEqual({
    access_token: expect.any(String),
    refresh_token: expect.stringMatching(/^[\w-]{43}$/),
    token_type: 'Bearer',
    expires_in: 900,
    scope: 'agent',
    email: 'ada@acme.test',
  })
  const [session] = await world.sessions()
  expect(world.claims(String(reply.body['access_token']))).toMatchObject({
    sub: world.ada.caller.person.id,
    sid: session?.id,
    gid: session?.grant_id,
    org: world.ada.caller.organization.id,
    exp: world.base.now() / 1000 + 900,
  })
})

it('signs in 2.1.197, which sends an empty body without content type', async () => {
  const started = await world.ask('/oauth/device_authorization', {
    method: 'POST',
    headers: agents['2.1.197'],
  })
  expect(started.status).toBe(200)
  await world.decide(String(started.body['user_code']), true)
  expect((await world.poll(String(started.body['device_code']))).status).toBe(200)
})

it('shows who asks, and keeps the asking machine with the session, not the approving one', async () => {
  const started = await world.startDevice()
  const shown = await oauthRoutes.findDevice({
    ...world.call(world.ada),
    body: { user_code: String(started['user_code']).replace('-', '') },
  })
  expect(shown).toMatchObject({
    type: 'device_request',
    user_code: started['user_code'],
    client: 'Coding agent',
    user_agent: agents['2.1.330']['user-agent'],
    address: expect.stringContaining('127.0.0.1'),
    asked_at: expect.any(String),
    expires_at: new Date(world.base.now() + 600_000).toISOString(),
  })
  await world.decide(String(started['user_code']), true)
  const [session] = await world.sessions()
  expect(session?.user_agent).toBe(agents['2.1.330']['user-agent'])
  expect(session?.address).toContain('127.0.0.1')
  expect(await world.events('oauth.device_approved')).toMatchObject([{ client: 'coding-agent' }])
})

it('A5 says access_denied when the person refuses, and keeps saying so', async () => {
  const started = await world.startDevice()
  await world.decide(String(started['user_code']), false)
  for (let i = 0; i < 2; i++) {
    const reply = await world.poll(String(started['device_code']))
    expect([reply.status, reply.body['error']]).toEqual([400, 'access_denied'])
    world.advance(5)
  }
  expect(await world.events('oauth.device_denied')).toHaveLength(1)
  expect(await world.sessions()).toEqual([])
})

it('A5 a code is decided about once, even by two people at once', async () => {
  const started = await world.startDevice()
  const eve = await world.signIn('eve@acme.test')
  const code = String(started['user_code'])
  const outcomes = await Promise.allSettled([
    world.decide(code, true),
    world.decide(code, false, eve),
    world.decide(code, true, eve),
  ])
  expect(outcomes.map(one => one.status).sort()).toEqual(['fulfilled', 'rejected', 'rejected'])
  await expect(world.decide(code, true)).rejects.toMatchObject({ code: 'user_code_unknown' })
})

it('A5 limits guessing by person and by network, and counts no right code', async () => {
  const eve = await world.signIn('eve@acme.test')
  const wrong = async (browser = eve, address = '198.51.100.7') => {
    const call = { ...world.call(browser, { address }), body: { user_code: 'BBBBBBBB' } }
    return await oauthRoutes.findDevice(call).catch(error => error.code)
  }
  const { user_code: right } = await world.startDevice()
  for (let i = 0; i < 30; i++) {
    const body = { user_code: String(right).replace('-', '') }
    expect(await oauthRoutes.findDevice({ ...world.call(eve), body })).toMatchObject({ user_code: right })
  }
  for (let i = 0; i < 10; i++) expect(await wrong()).toBe('user_code_unknown')
  expect(await wrong()).toBe('rate_limited')
  expect(await wrong(eve, '203.0.113.9')).toBe('rate_limited')
  expect(await wrong(world.ada)).toBe('rate_limited')
  expect(await wrong(world.ada, '203.0.113.9')).toBe('user_code_unknown')
  // The right code neither, once the tries are used up: else guessing would go on.
  await expect(world.decide(String(right), true, eve)).rejects.toMatchObject({ code: 'rate_limited' })
  world.advance(60)
  expect(await wrong()).toBe('user_code_unknown')
})

it('A5 slows a hasty device down by five seconds each time', async () => {
  const { device_code: code } = await world.startDevice()
  const asked = async (seconds: number) => {
    world.advance(seconds)
    const reply = await world.poll(String(code))
    expect(reply.status).toBe(400)
    return reply.body['error']
  }
  expect(await asked(0)).toBe('authorization_pending')
  expect(await asked(1)).toBe('slow_down')
  expect(await asked(5)).toBe('slow_down')
  expect(await asked(15)).toBe('authorization_pending')
  expect(await asked(15)).toBe('authorization_pending')
})

it('A5 a device code ends after ten minutes', async () => {
  const started = await world.startDevice()
  world.advance(601)
  await expect(world.decide(String(started['user_code']), true)).rejects.toMatchObject({
    code: 'user_code_unknown',
  })
  const reply = await world.poll(String(started['device_code']))
  expect([reply.status, reply.body['error']]).toEqual([400, 'expired_token'])
})

it('takes no approval from a role that may not connect agents', async () => {
  const bill = await world.signIn('bill@acme.test', 'billing')
  const started = await world.startDevice()
  await expect(world.decide(String(started['user_code']), true, bill)).rejects.toMatchObject({
    code: 'permission_denied',
  })
  expect((await world.poll(String(started['device_code']))).body['error']).toBe('authorization_pending')
})

it('gives every approval a grant of its own, also in one browser', async () => {
  const one = await world.device()
  const two = await world.device()
  expect(world.claims(one.access_token)?.gid).not.toBe(world.claims(two.access_token)?.gid)
})

it('repeats the reply to a device code for 30 seconds, and no longer', async () => {
  const started = await world.startDevice()
  await world.decide(String(started['user_code']), true)
  const code = String(started['device_code'])
  const replies = await Promise.all([world.poll(code), world.poll(code), world.poll(code)])
  expect(replies.map(reply => reply.status)).toEqual([200, 200, 200])
  expect(new Set(replies.map(reply => reply.body['refresh_token'])).size).toBe(1)
  world.advance(29)
  const again = await world.poll(code)
  expect(again.body['refresh_token']).toBe(replies[0]?.body['refresh_token'])
  expect(again.body['expires_in']).toBe(871)
  world.advance(2)
  expect((await world.poll(code)).body['error']).toBe('invalid_grant')
  expect((await world.refresh(String(replies[0]?.body['refresh_token']))).status).toBe(401)
  expect(await world.events('sessions.refresh_repeated')).toHaveLength(3)
})

it('a device code of another client is refused and stays good', async () => {
  const started = await world.startDevice()
  await world.decide(String(started['user_code']), true)
  const code = String(started['device_code'])
  expect((await world.poll(code, { client_id: 'latch' })).body['error']).toBe('invalid_grant')
  expect((await world.poll(code)).status).toBe(200)
})

it('limits how often one network starts a sign-in', async () => {
  for (let i = 0; i < 60; i++) expect((await world.post('/oauth/device_authorization', {})).status).toBe(200)
  const reply = await world.post('/oauth/device_authorization', {})
  expect([reply.status, reply.body['error']]).toEqual([429, 'slow_down'])
  expect(reply.headers.get('retry-after')).toBe('10')
  world.advance(10)
  expect((await world.post('/oauth/device_authorization', {})).status).toBe(200)
})
