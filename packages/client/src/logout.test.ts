import { rmSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AuthorizationServerPeer } from '../../../tests/support/authorization-server-peer.ts'
import { defaultAccount } from './configuration.ts'
import { logout } from './logout.ts'
import { placesOf } from './places.ts'
import { readAccount } from './store/vault.ts'
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

test('signing out ends the session on the server and forgets it here, but remembers the address', async () => {
  const account = storeSignIn(world, peer, { leftSeconds: 900 })
  expect(await logout(world, false)).toEqual({ address: peer.address, revoked: true, why: null })
  expect(peer.revoked).toBe(1)
  expect(readAccount(world, account)).toBeUndefined()
  expect(defaultAccount(world)?.address).toBe(peer.address)
  expect(await logout(world, false)).toBeUndefined()
})

test('without the server the sign-in is kept, unless it is asked to be forgotten here only', async () => {
  const account = storeSignIn(world, peer, { leftSeconds: 900 })
  await peer.close()
  await expect(logout(world, false)).rejects.toMatchObject({ code: 'server_unreachable', exit: 6 })
  expect(readAccount(world, account)).toBeDefined()
  expect(await logout(world, true)).toMatchObject({ revoked: false })
  expect(readAccount(world, account)).toBeUndefined()
})

test('a server in trouble keeps the sign-in too', async () => {
  const account = storeSignIn(world, peer, { leftSeconds: 900 })
  peer.fault('/oauth/revoke', { do: 'answer', status: 503, body: {} })
  await expect(logout(world, false)).rejects.toMatchObject({ code: 'server_trouble', exit: 6 })
  expect(readAccount(world, account)).toBeDefined()
})

test('a server without revocation is said so', async () => {
  storeSignIn(world, peer, { leftSeconds: 900, revocationEndpoint: null })
  await expect(logout(world, false)).rejects.toThrow(
    /offers no way to end a session\. Run: latch logout --local/,
  )
  expect(await logout(world, true)).toMatchObject({ revoked: false })
})

test('what cannot be opened any more can still be forgotten', async () => {
  storeSignIn(world, peer, { leftSeconds: 900 })
  rmSync(placesOf(world).keyFile)
  await expect(logout(world, false)).rejects.toMatchObject({ code: 'store_key_missing', exit: 5 })
  expect(await logout(world, true)).toMatchObject({ revoked: false })
})
