import { afterEach, beforeEach, expect, it } from 'vitest'
import { operator } from '../audit/service.ts'
import { breakWrites } from '../base/testing/postgres.ts'
import { removeMember } from '../members/service.ts'
import { endSession } from '../sessions/service.ts'
import { cleanOauth } from './service.ts'
import type { Answer, OauthWorld, Tokens } from './testing/world.ts'
import { makeOauthWorld } from './testing/world.ts'

let world: OauthWorld
beforeEach(async () => {
  world = await makeOauthWorld()
})
afterEach(() => world.close())

const tokens = (answer: Answer) => answer.body as unknown as Tokens
const ended = async () => (await world.events('sessions.ended')).map(line => line['reason'])
const latch = (refreshToken: string, refreshId?: string) =>
  world.refresh(refreshToken, {
    client_id: 'latch',
    ...(refreshId !== undefined && { refresh_id: refreshId }),
  })

it('gives a new pair of tokens for a refresh token and moves the end of the session', async () => {
  const first = await world.device()
  const before = (await world.sessions())[0]
  world.advance(600)
  const reply = await world.refresh(first.refresh_token)
  expect(reply.status).toBe(200)
  expect(tokens(reply)).toMatchObject({
    expires_in: 900,
    email: 'ada@acme.test',
    scope: 'agent',
    token_type: 'Bearer',
  })
  expect(tokens(reply).refresh_token).not.toBe(first.refresh_token)
  expect(world.claims(tokens(reply).access_token)).toMatchObject({ sid: before?.id, gid: before?.grant_id })
  expect((await world.sessions())[0]?.expires_at).toBe((before?.expires_at ?? 0) + 600_000)
})

it('A4 three processes with one token at once all get the same successor', async () => {
  const { refresh_token } = await world.device()
  const replies = await Promise.all([1, 2, 3].map(() => world.refresh(refresh_token)))
  expect(replies.map(reply => reply.status)).toEqual([200, 200, 200])
  expect(new Set(replies.map(reply => tokens(reply).refresh_token)).size).toBe(1)
  expect((await world.refresh(tokens(replies[2] as Answer).refresh_token)).status).toBe(200)
  expect(await world.events('sessions.refresh_repeated')).toHaveLength(2)
})

it('A4 repeats to a stock agent for 30 seconds from the first use, never extended', async () => {
  const { refresh_token } = await world.device()
  const first = tokens(await world.refresh(refresh_token))
  world.advance(20)
  const second = tokens(await world.refresh(refresh_token))
  expect(second).toEqual({ ...first, expires_in: 880 })
  world.advance(11)
  expect((await world.refresh(refresh_token)).status).toBe(401)
})

it('A4 an older token of latch ends the session, wherever it comes from', async () => {
  const { refresh_token: oldest } = await world.device('latch')
  const middle = tokens(await latch(oldest, 'id-1')).refresh_token
  const newest = tokens(await latch(middle, 'id-2')).refresh_token
  expect((await latch(oldest, 'id-1')).status).toBe(400)
  expect((await latch(newest, 'id-3')).status).toBe(400)
  expect(await ended()).toEqual(['an old token was presented'])
})

it('A4 repeats for the same refresh id until the successor is used, for a day', async () => {
  const { refresh_token } = await world.device('latch')
  const first = tokens(await latch(refresh_token, 'id-1'))
  world.advance(23 * 3600)
  const again = tokens(await latch(refresh_token, 'id-1'))
  expect(again.refresh_token).toBe(first.refresh_token)
  // The old access token has ended meanwhile, so a fresh one comes with it.
  expect(again.expires_in).toBe(900)
  expect(world.claims(first.access_token)).toBeUndefined()
  expect(world.claims(again.access_token)).toMatchObject({ exp: world.base.now() / 1000 + 900 })
  expect((await latch(first.refresh_token, 'id-2')).status).toBe(200)
  const late = await latch(refresh_token, 'id-1')
  expect([late.status, late.body['error']]).toEqual([400, 'invalid_grant'])
  expect(await ended()).toEqual(['an old token was presented'])
})

it.each([
  ['a second refresh id', 'id-1', 'id-2'],
  ['no refresh id after one', 'id-1', undefined],
  ['a refresh id after none', undefined, 'id-1'],
])('A4 %s ends the session', async (_name, one, other) => {
  const { refresh_token } = await world.device('latch')
  const next = tokens(await latch(refresh_token, one))
  expect((await latch(refresh_token, other)).status).toBe(400)
  expect((await latch(next.refresh_token)).status).toBe(400)
  expect(await ended()).toEqual(['an old token was presented'])
})

it('A4 two refresh ids at once with one token: one is served, and the session ends', async () => {
  const { refresh_token } = await world.device('latch')
  const replies = await Promise.all([latch(refresh_token, 'id-1'), latch(refresh_token, 'id-2')])
  expect(replies.map(reply => reply.status).sort()).toEqual([200, 400])
  expect(await ended()).toHaveLength(1)
})

it('A4 repeats no more after a day', async () => {
  const { refresh_token } = await world.device('latch')
  await latch(refresh_token, 'id-1')
  world.advance(24 * 3600)
  expect((await latch(refresh_token, 'id-1')).status).toBe(400)
})

it('A6 a removed member gets neither a refresh nor a repeat', async () => {
  const { refresh_token } = await world.device()
  await world.refresh(refresh_token)
  const { organization, person } = world.ada.caller
  await removeMember(world.base, operator(organization.id), 'owner', person.id)
  expect((await world.refresh(refresh_token)).status).toBe(401)
  expect((await world.sessions())[0]?.ended_at).not.toBeNull()
})

it('A6 a role that may no longer connect agents is refused at the next refresh', async () => {
  const { refresh_token } = await world.device()
  await world.base.database.transaction(handle =>
    handle.updateTable('members').set({ role: 'billing' }).execute(),
  )
  expect((await world.refresh(refresh_token)).status).toBe(401)
  expect(await ended()).toEqual(['may no longer go on'])
})

it('an ended session leaves no token and no kept reply behind', async () => {
  const { refresh_token } = await world.device()
  await world.refresh(refresh_token)
  const [session] = await world.sessions()
  await endSession(world.base, operator(world.ada.caller.organization.id), session?.id ?? '', 'ended by hand')
  const handle = world.base.database.handle()
  expect(await handle.selectFrom('oauth_artifacts').selectAll().execute()).toEqual([])
  expect(await handle.selectFrom('oauth_repeats').selectAll().execute()).toEqual([])
  expect((await world.refresh(refresh_token)).status).toBe(401)
})

it('A session that nobody used for 30 days is over', async () => {
  const { refresh_token } = await world.device()
  world.advance(30 * 24 * 3600)
  expect((await world.refresh(refresh_token)).status).toBe(401)
})

it('A7 the scope and audience of a refresh are what they were, whatever is asked', async () => {
  const { refresh_token } = await world.device()
  const reply = await world.refresh(refresh_token, { scope: 'openid admin', resource: 'https://evil.test' })
  expect(reply.body['scope']).toBe('agent')
  expect(world.claims(tokens(reply).access_token)).toBeDefined()
})

it('A9 a token of one client is refused to the other and stays good', async () => {
  const { refresh_token } = await world.device('latch')
  expect((await world.refresh(refresh_token)).body['error']).toBe('invalid_grant')
  const mine = await latch(refresh_token)
  expect(mine.status).toBe(200)
  // Nor is the reply repeated to the other one, and nothing ends by its asking.
  expect((await world.refresh(refresh_token)).body['error']).toBe('invalid_grant')
  expect(await world.events('sessions.refresh_repeated')).toEqual([])
  expect((await latch(tokens(mine).refresh_token)).status).toBe(200)
})

it.each(['oauth_repeats', 'oauth_artifacts', 'sessions'])(
  'A4 a fault while writing %s is 503, consumes nothing, and the same token works again',
  async table => {
    const { refresh_token } = await world.device()
    const kind = table === 'sessions' ? 'update' : 'insert'
    const mend = await breakWrites(world.base.database, kind, table)
    const reply = await world.refresh(refresh_token)
    expect([reply.status, reply.body['error']]).toEqual([503, 'temporarily_unavailable'])
    expect(reply.headers.get('retry-after')).toBe('2')
    await mend()
    expect((await world.refresh(refresh_token)).status).toBe(200)
    expect(await ended()).toEqual([])
  },
)

it('refreshes after a restart on the same data folder, with the same signing key', async () => {
  const first = await world.device()
  await world.restart()
  expect(world.claims(first.access_token)).toBeDefined()
  const reply = await world.refresh(first.refresh_token)
  expect(reply.status).toBe(200)
  await world.restart()
  expect(tokens(await world.refresh(first.refresh_token)).refresh_token).toBe(tokens(reply).refresh_token)
})

it('serves 50 refreshes of distinct tokens at once', async () => {
  const all: Tokens[] = []
  for (let i = 0; i < 50; i++) all.push(await world.device())
  const replies = await Promise.all(all.map(one => world.refresh(one.refresh_token)))
  expect(replies.filter(reply => reply.status === 200)).toHaveLength(50)
  expect(new Set(replies.map(reply => tokens(reply).refresh_token)).size).toBe(50)
})

it.each([
  [{}, 'invalid_request'],
  [{ grant_type: 'refresh_token' }, 'invalid_request'],
  [{ grant_type: 'password', username: 'a', password: 'b' }, 'unsupported_grant_type'],
  [{ grant_type: 'client_credentials' }, 'unsupported_grant_type'],
  [{ grant_type: 'constructor' }, 'unsupported_grant_type'],
  [{ grant_type: 'authorization_code', code: 'x', redirect_uri: 'x' }, 'invalid_request'],
  [{ grant_type: 'refresh_token', refresh_token: 'unknown', client_id: 'nobody' }, 'invalid_client'],
])('refuses %o with %s', async (form, error) => {
  expect((await world.token(form as Record<string, string>)).body['error']).toBe(error)
})

it('refuses a body that is no form, one that is too long, and a parameter given twice', async () => {
  const send = (body: string, type = 'application/x-www-form-urlencoded') =>
    world.ask('/oauth/token', { method: 'POST', body, headers: { 'content-type': type } })
  expect((await send('{}', 'application/json')).body['error']).toBe('invalid_request')
  expect((await send(`grant_type=${'x'.repeat(20_000)}`)).status).toBe(413)
  const { refresh_token } = await world.device()
  const once = `grant_type=refresh_token&refresh_token=${refresh_token}`
  expect((await send(`${once}&refresh_token=${refresh_token}`)).body['error']).toBe('invalid_request')
  expect((await send(once)).status).toBe(200)
})

it('deletes the kept reply at the first use of its successor', async () => {
  const { refresh_token } = await world.device()
  const next = tokens(await world.refresh(refresh_token))
  await world.refresh(next.refresh_token)
  const rows = await world.base.database.handle().selectFrom('oauth_repeats').selectAll().execute()
  expect(rows.map(row => row.sealed_reply === '')).toEqual([true, true, false])
})

it('cleans copies that may no longer be repeated, and rows long after their end', async () => {
  const { refresh_token } = await world.device()
  await world.refresh(refresh_token)
  world.advance(31)
  await cleanOauth(world.base)
  const repeats = () => world.base.database.handle().selectFrom('oauth_repeats').selectAll().execute()
  expect((await repeats()).map(row => row.sealed_reply)).toEqual(['', ''])
  // What was used is still known as used.
  expect((await world.refresh(refresh_token)).status).toBe(401)
  expect(await world.events('sessions.refresh_reused')).toHaveLength(1)
  world.advance(31 * 24 * 3600)
  await cleanOauth(world.base)
  expect(await repeats()).toEqual([])
})

it('ends a sign-in that was approved and never collected', async () => {
  const started = await world.startDevice()
  await world.decide(String(started['user_code']), true)
  world.advance(601)
  await cleanOauth(world.base)
  expect(await ended()).toEqual(['never collected'])
})
