import { newKey } from '@latchstring/protocol/decide/key-format'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AuthorizationServerPeer } from '../../../tests/support/authorization-server-peer.ts'
import { explain, findCredential } from './chain.ts'
import { checkCredential } from './session.ts'
import { storeSignIn, type TemporaryWorld, temporaryWorld } from './testing/temporary-world.ts'

let world: TemporaryWorld
let peer: AuthorizationServerPeer
beforeEach(async () => {
  world = temporaryWorld()
  peer = await AuthorizationServerPeer.start()
})
afterEach(async () => {
  world.remove()
  await peer.close()
})

test('a key in the environment wins over the sign-in, which is then not asked', async () => {
  storeSignIn(world, peer, { leftSeconds: 0 })
  const key = newKey()
  world.env['LATCHSTRING_API_KEY'] = ` ${key}\n`
  expect(await findCredential(world)).toEqual({
    kind: 'api_key',
    secret: key,
    expiresAt: null,
    source: 'environment',
    address: peer.address,
  })
  expect((await explain(world)).map(step => [step.source, step.outcome, step.reason])).toEqual([
    ['environment', 'used', `for ${peer.address}`],
    ['account', 'not_asked', 'environment comes first'],
  ])
  expect(peer.requests).toEqual([])
})

test('LATCHSTRING_URL says where a key belongs, and never moves a sign-in’s token elsewhere', async () => {
  world.env['LATCHSTRING_URL'] = 'https://other.example.com/'
  world.env['LATCHSTRING_API_KEY'] = newKey()
  expect((await findCredential(world)).address).toBe('https://other.example.com')
  world.env['LATCHSTRING_API_KEY'] = ''
  storeSignIn(world, peer, { leftSeconds: 900 })
  expect((await findCredential(world)).address).toBe(peer.address)
})

test('a key with a slip in it stops the chain instead of becoming somebody else', async () => {
  storeSignIn(world, peer, { leftSeconds: 900 })
  world.env['LATCHSTRING_API_KEY'] = newKey().slice(0, -1)
  await expect(findCredential(world)).rejects.toMatchObject({ code: 'environment_key_malformed', exit: 1 })
  expect((await explain(world)).map(step => step.outcome)).toEqual(['failed', 'not_asked'])
})

test('with nothing anywhere, each source says why, and the answer is one line', async () => {
  await expect(findCredential(world)).rejects.toMatchObject({
    exit: 4,
    message: 'not signed in. Run: latch login URL',
  })
  expect((await explain(world)).map(step => [step.outcome, step.reason])).toEqual([
    ['absent', 'LATCHSTRING_API_KEY is not set'],
    ['absent', 'no sign-in on this machine'],
  ])
})

test('the server tells whose a credential is; without it nothing is claimed', async () => {
  storeSignIn(world, peer, { leftSeconds: 900 })
  const credential = await findCredential(world)
  expect(await checkCredential(world, credential)).toMatchObject({
    outcome: 'accepted',
    user: { email: 'ada@acme.test', role: 'developer' },
    organization: { name: 'Acme' },
  })
  peer.endAllSessions()
  expect(await checkCredential(world, credential)).toEqual({ outcome: 'rejected' })
  peer.fault('/v1/organizations/sessions/current', { do: 'answer', status: 503, body: {} })
  expect(await checkCredential(world, credential)).toEqual({
    outcome: 'unchecked',
    reason: 'the server answered 503',
  })
  await peer.close()
  expect(await checkCredential(world, credential)).toEqual({
    outcome: 'unchecked',
    reason: 'nothing listens there (ECONNREFUSED)',
  })
  expect(await checkCredential(world, { ...credential, address: null })).toMatchObject({
    outcome: 'unchecked',
  })
})
