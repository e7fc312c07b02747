import { afterEach, beforeEach, expect, it } from 'vitest'
import { hashOf } from '../base/secrets.ts'
import { testDialect } from '../base/testing/postgres.ts'
import { oauthRoutes } from './routes.ts'
import type { OauthWorld } from './testing/world.ts'
import { authorizeQuery, Jar, makeOauthWorld, newPkce } from './testing/world.ts'

let world: OauthWorld
beforeEach(async () => {
  world = await makeOauthWorld()
})
afterEach(() => world.close())

it('no live token, code, cookie or verifier lies in the database or its write-ahead log', async () => {
  const secrets: Record<string, string> = {}
  const note = (name: string, value: unknown) => {
    secrets[`${name} ${Object.keys(secrets).length}`] = String(value)
  }
  for (let i = 0; i < 5; i++) {
    const refreshId = `refresh-id-${i}-4fX0qYxkz1`
    note('refresh id', refreshId)
    const started = await world.startDevice({ client_id: 'latch' })
    note('device code', started['device_code'])
    note('user code', started['user_code'])
    note('user code', String(started['user_code']).replace('-', ''))
    await world.decide(String(started['user_code']), true)
    let tokens = (await world.poll(String(started['device_code']), { client_id: 'latch' })).body
    for (let turn = 0; turn < 2; turn++) {
      note('refresh token', tokens['refresh_token'])
      note('access token', tokens['access_token'])
      const [head = '', body = '', signature = ''] = String(tokens['access_token']).split('.')
      note('signature', signature)
      note('claims', body)
      note('token id', JSON.parse(Buffer.from(body, 'base64url').toString()).jti)
      expect(head).not.toBe('')
      const more = { client_id: 'latch', refresh_id: refreshId + turn }
      tokens = (await world.refresh(String(tokens['refresh_token']), more)).body
    }

    const pkce = newPkce()
    note('verifier', pkce.verifier)
    const jar = new Jar()
    const path = authorizeQuery('http://127.0.0.1:1/callback', pkce.challenge)
    const asked = await world.ask(path)
    jar.take(asked)
    const uid = new URL(asked.headers.get('location') ?? '').pathname.split('/')[2] ?? ''
    note('interaction cookie', uid)
    const decided = await oauthRoutes.decideInteraction({
      ...world.call(world.ada),
      params: { uid },
      body: { approve: true },
    })
    const resumed = decided.redirect_to.slice(world.url.length)
    const sent = await world.ask(resumed, { headers: { cookie: `${jar.for(resumed)}; ${world.ada.cookie}` } })
    const code = new URL(sent.headers.get('location') ?? '').searchParams.get('code')
    expect(code).toMatch(/^[\w-]{43}$/)
    note('authorization code', code)
  }
  note('web cookie', world.ada.cookie.split('=')[1])

  const disk = await world.base.stored()
  expect(Object.keys(secrets).length).toBeGreaterThan(80)
  for (const [name, secret] of Object.entries(secrets)) {
    expect(secret.length).toBeGreaterThan(7)
    expect([name, disk.includes(secret)]).toEqual([name, false])
    expect([name, disk.includes(Buffer.from(secret).toString('base64url'))]).toEqual([name, false])
  }
  // Interactions are deleted when they end: only SQLite's log still holds their hash.
  const findable =
    testDialect === 'sqlite'
      ? /^(device code|refresh token|authorization code|interaction)/
      : /^(device code|refresh token|authorization code)/
  // The search finds what is there: hashes of the same secrets, and the key's public half.
  for (const [name, secret] of Object.entries(secrets))
    if (findable.test(name)) expect([name, disk.includes(hashOf(secret))]).toEqual([name, true])
  // A user code is short: its plain hash would be as good as the code.
  for (const [name, secret] of Object.entries(secrets))
    if (name.startsWith('user code')) expect(disk.includes(hashOf(secret))).toBe(false)
})

it('the key that signs lies sealed', async () => {
  const [row] = await world.base.database.handle().selectFrom('signing_keys').selectAll().execute()
  expect(row?.public_jwk).not.toContain('"d"')
  expect(row?.sealed_private_jwk).toMatch(/^v1\.[\w-]+\.[\w-]+\.[\w-]+$/)
})
