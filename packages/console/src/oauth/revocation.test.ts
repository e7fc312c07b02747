import { afterEach, beforeEach, expect, it } from 'vitest'
import type { OauthWorld } from './testing/world.ts'
import { makeOauthWorld } from './testing/world.ts'

let world: OauthWorld
beforeEach(async () => {
  world = await makeOauthWorld()
})
afterEach(() => world.close())

const revoke = (form: Record<string, string>) => world.post('/oauth/revoke', form)
const ended = async () => (await world.sessions()).map(session => session.ended_at !== null)

it('signs out as a stock agent does: its access token, then its refresh token', async () => {
  const tokens = await world.device()
  const first = await revoke({ token: tokens.access_token })
  expect([first.status, first.text, first.headers.get('cache-control')]).toEqual([200, '', 'no-store'])
  const second = await revoke({ token: tokens.refresh_token, token_type_hint: 'refresh_token' })
  expect(second.status).toBe(200)
  expect(await ended()).toEqual([true])
  expect((await world.refresh(tokens.refresh_token)).status).toBe(401)
  expect(await world.events('sessions.ended')).toMatchObject([{ reason: 'signed out' }])
  expect(world.base.revocations.since(0).entries).toMatchObject([{ kind: 'session' }])
})

it('takes an access token that has ended', async () => {
  const tokens = await world.device()
  world.advance(3600)
  await revoke({ token: tokens.access_token })
  expect(await ended()).toEqual([true])
})

it('takes a refresh token that was used', async () => {
  const tokens = await world.device('latch')
  await world.refresh(tokens.refresh_token, { client_id: 'latch' })
  await revoke({ token: tokens.refresh_token, client_id: 'latch' })
  expect(await ended()).toEqual([true])
})

it('A9 revokes nothing for another client, and says so to nobody', async () => {
  const tokens = await world.device('latch')
  for (const token of [tokens.access_token, tokens.refresh_token]) {
    const reply = await revoke({ token })
    expect([reply.status, reply.text]).toEqual([200, ''])
  }
  expect(await ended()).toEqual([false])
  expect((await world.refresh(tokens.refresh_token, { client_id: 'latch' })).status).toBe(200)
})

it('answers 200 to what it does not know, and 400 where no token came', async () => {
  const tokens = await world.device()
  const [head, body] = tokens.access_token.split('.')
  for (const token of ['unknown', 'a.b.c', `${head}.${body}.`, `${head}.${body}.AAAA`])
    expect((await revoke({ token })).status).toBe(200)
  expect((await revoke({})).body['error']).toBe('invalid_request')
  expect(await ended()).toEqual([false])
})
