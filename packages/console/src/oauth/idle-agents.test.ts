import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Answer, OauthWorld, Tokens } from './testing/world.ts'
import { makeOauthWorld } from './testing/world.ts'

let world: OauthWorld
beforeEach(async () => {
  world = await makeOauthWorld()
})
afterEach(() => world.close())

const tokens = (answer: Answer) => answer.body as unknown as Tokens
const ended = async () => (await world.events('sessions.ended')).map(line => line['reason'])

/** A stock agent's refresh tokens, oldest first: each but the last was used, from where the world is. */
async function chain(length: number): Promise<string[]> {
  const all = [(await world.device()).refresh_token]
  while (all.length < length) {
    all.push(tokens(await world.refresh(all.at(-1) as string)).refresh_token)
    world.advance(400)
  }
  return all
}

it('A4 refuses the token before the last to an idle stock agent with an alarm, and ends nothing', async () => {
  const { refresh_token } = await world.device()
  const next = tokens(await world.refresh(refresh_token))
  world.advance(400)
  const reply = await world.refresh(refresh_token)
  expect([reply.status, reply.body['error']]).toEqual([401, 'invalid_grant'])
  expect(await world.events('sessions.refresh_reused')).toMatchObject([
    { kind: 'refresh', session_ended: false },
  ])
  expect((await world.refresh(next.refresh_token)).status).toBe(200)
})

it.each([
  ['at once', 0],
  ['hours later', 4 * 3600],
])(
  'A4 refuses an idle stock agent that slept over many refreshes %s, with an alarm, and ends nothing',
  async (_when, seconds) => {
    const all = await chain(5)
    world.advance(seconds)
    for (const old of all.slice(0, -1)) {
      const reply = await world.refresh(old)
      expect([reply.status, reply.body['error']]).toEqual([401, 'invalid_grant'])
    }
    expect(await world.events('sessions.refresh_reused')).toEqual(
      Array(4).fill(expect.objectContaining({ kind: 'refresh', session_ended: false })),
    )
    expect((await world.refresh(all.at(-1) as string)).status).toBe(200)
    expect(await ended()).toEqual([])
  },
)

it('A4 refuses it without ending anything where any of the later refreshes came from its own block', async () => {
  world.moveTo('2001:db8:1:1::7')
  const [oldest = '', middle = ''] = await chain(2)
  world.moveTo('2001:db8:1:2::7')
  const newest = tokens(await world.refresh(middle)).refresh_token
  world.moveTo('2001:db8:1:1::8')
  expect((await world.refresh(oldest)).status).toBe(401)
  expect((await world.refresh(newest)).status).toBe(200)
  expect(await ended()).toEqual([])
})

it.each([
  ['a thief with an old token', '198.51.100.20', '203.0.113.9'],
  ['its owner, after a thief took the chain over', '203.0.113.9', '198.51.100.20'],
])(
  'A4 an older token from elsewhere ends the session, at once for its newest token too: %s',
  async (_who, holder, other) => {
    world.moveTo('198.51.100.20')
    const oldest = (await world.device()).refresh_token
    world.moveTo(holder)
    const middle = tokens(await world.refresh(oldest)).refresh_token
    const newest = tokens(await world.refresh(middle)).refresh_token
    world.moveTo(other)
    expect((await world.refresh(oldest)).status).toBe(401)
    world.moveTo(holder)
    expect((await world.refresh(newest)).status).toBe(401)
    expect(await ended()).toEqual(['an old token was presented'])
    expect(await world.events('sessions.refresh_reused')).toMatchObject([{ session_ended: true }])
    expect(world.base.revocations.since(0).entries).toMatchObject([{ kind: 'session' }])
  },
)
