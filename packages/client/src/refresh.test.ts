import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AuthorizationServerPeer } from '../../../tests/support/authorization-server-peer.ts'
import { findCredential } from './chain.ts'
import { tryLock } from './lock.ts'
import { placesOf } from './places.ts'
import { renew } from './refresh.ts'
import { readAccount, writeAccount } from './store/vault.ts'
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

const tokenPath = '/oauth/token'

test('a token with enough life is handed out without a request', async () => {
  storeSignIn(world, peer, { leftSeconds: 130 })
  await findCredential(world)
  expect(peer.requests).toEqual([])
})

test('a token near its end is renewed before it is handed out, and the new one is stored', async () => {
  const account = storeSignIn(world, peer, { leftSeconds: 119 })
  const { secret, expiresAt } = await findCredential(world)
  expect(peer.accepts(secret)).toBe(true)
  expect(expiresAt).toBe(world.clock + 900_000)
  expect(readAccount(world, account)?.record).toMatchObject({ accessToken: secret, refreshId: null })
  expect(peer.requests[0]?.userAgent).toMatch(/^latch\/0\.1\.0 \(linux \w+; laptop\)$/)
  expect(peer.requests[0]?.refreshId).toMatch(/^[\w-]{22}$/)
})

test('fifty at once in one process make one request', async () => {
  storeSignIn(world, peer, { leftSeconds: 0 })
  const secrets = await Promise.all(
    Array.from({ length: 50 }, async () => (await findCredential(world)).secret),
  )
  expect(new Set(secrets).size).toBe(1)
  expect(peer.refreshes).toBe(1)
})

test('a lost reply is asked for again with the same refresh id and signs nobody out', async () => {
  storeSignIn(world, peer, { leftSeconds: 0 })
  peer.fault(tokenPath, { do: 'lose_reply' })
  expect(peer.accepts((await findCredential(world)).secret)).toBe(true)
  expect(peer.refreshes).toBe(2)
  expect(peer.requests[0]?.refreshId).toBe(peer.requests[1]?.refreshId)
  expect(peer.familiesEnded).toBe(0)
})

test('replies lost for good: the refresh id stays, and the next run gets the same successor', async () => {
  const account = storeSignIn(world, peer, { leftSeconds: 0 })
  peer.fault(tokenPath, { do: 'lose_reply' }, { do: 'lose_reply' })
  await expect(findCredential(world)).rejects.toMatchObject({ code: 'server_unreachable', exit: 6 })
  expect(readAccount(world, account)?.record.refreshId).toBe(peer.requests[0]?.refreshId)
  world.clock += 3_600_000
  expect(peer.accepts((await findCredential(world)).secret)).toBe(true)
  expect(peer.familiesEnded).toBe(0)
})

test.each([
  ['503', { do: 'answer', status: 503, body: { error: 'temporarily_unavailable' } }],
  ['500 as a page', { do: 'answer', status: 500, body: '<h1>oops</h1>' }],
  ['429', { do: 'answer', status: 429, body: { error: 'invalid_grant' } }],
  ['a captive portal’s page', { do: 'answer', status: 200, body: '<h1>Welcome to the hotel</h1>' }],
  ['a redirect', { do: 'answer', status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } }],
  ['a broken connection', { do: 'lose_request' }],
] as const)(
  '%s: a token still valid is handed out, an ended one is exit code 6, and all is kept',
  async (_name, fault) => {
    const account = storeSignIn(world, peer, { leftSeconds: 60 })
    const before = readAccount(world, account)?.record
    peer.fault(tokenPath, fault, fault)
    expect((await findCredential(world)).secret).toBe(before?.accessToken)
    world.clock += 61_000
    peer.fault(tokenPath, fault, fault)
    await expect(findCredential(world)).rejects.toMatchObject({ exit: 6 })
    expect(readAccount(world, account)?.record).toMatchObject({
      refreshToken: before?.refreshToken,
      reauthRequired: false,
    })
    expect(peer.accepts((await findCredential(world)).secret)).toBe(true)
  },
)

test('a refused refresh is marked, never deleted, never asked again, and says what to run', async () => {
  const account = storeSignIn(world, peer, { leftSeconds: 60 })
  peer.endAllSessions()
  const said = `not signed in: the server ended this session. Run: latch login ${peer.address}`
  await expect(findCredential(world)).rejects.toMatchObject({
    code: 'sign_in_needed',
    exit: 4,
    message: said,
  })
  expect(readAccount(world, account)?.record.reauthRequired).toBe(true)
  await expect(findCredential(world)).rejects.toMatchObject({ exit: 4 })
  expect(peer.refreshes).toBe(1)
})

test('invalid_grant by 401 with a challenge is a refusal too', async () => {
  storeSignIn(world, peer, { leftSeconds: 0 })
  const headers = { 'www-authenticate': 'Bearer error="invalid_token"' }
  peer.fault(tokenPath, { do: 'answer', status: 401, body: { error: 'invalid_grant' }, headers })
  await expect(findCredential(world)).rejects.toMatchObject({ exit: 4 })
})

test('another refusal is told with its code, and the sign-in is kept', async () => {
  const account = storeSignIn(world, peer, { leftSeconds: 0 })
  peer.fault(tokenPath, {
    do: 'answer',
    status: 400,
    body: { error: 'invalid_scope', error_description: 'no \u001b[31m' },
  })
  const refused = {
    code: 'server_refused',
    exit: 1,
    message: expect.stringContaining('(invalid_scope: no  [31m)'),
  }
  await expect(findCredential(world)).rejects.toMatchObject(refused)
  expect(readAccount(world, account)?.record.reauthRequired).toBe(false)
})

test('refused, but another process has stored a better one: that one is used', async () => {
  const account = storeSignIn(world, peer, { leftSeconds: 0 })
  peer.fault(tokenPath, { do: 'answer', status: 400, body: { error: 'invalid_grant' } })
  const racing = {
    ...world,
    now: () => world.clock,
    fetch: async (url: string | URL, init?: RequestInit) => {
      const response = await world.fetch(url, init)
      const stored = readAccount(world, account)
      if (stored) {
        const expiresAt = world.clock + 900_000
        writeAccount(
          world,
          account,
          { ...stored.record, accessToken: 'better', issuedAt: world.clock, expiresAt },
          stored.generation,
        )
      }
      return response
    },
  }
  expect((await renew(racing, account)).accessToken).toBe('better')
  expect(readAccount(world, account)?.record.reauthRequired).toBe(false)
})

test('a store that cannot be written costs no refresh token: the request is not made', async () => {
  storeSignIn(world, peer, { leftSeconds: 60 })
  const { lockFolder } = placesOf(world)
  rmSync(lockFolder, { recursive: true, force: true })
  writeFileSync(lockFolder, 'a file where a folder should be')
  expect(peer.accepts((await findCredential(world)).secret)).toBe(true)
  world.clock += 61_000
  await expect(findCredential(world)).rejects.toMatchObject({ code: 'store_unavailable', exit: 5 })
  expect(peer.refreshes).toBe(0)
})

test('a vault folder opened to others in between stops before the request', async () => {
  storeSignIn(world, peer, { leftSeconds: 0 })
  chmodSync(placesOf(world).vaultFolder, 0o755)
  await expect(findCredential(world)).rejects.toMatchObject({ code: 'store_unsafe', exit: 5 })
  expect(peer.requests).toEqual([])
})

test('those who wait take what the holder stored, without a request of their own', async () => {
  const account = storeSignIn(world, peer, { leftSeconds: 0 })
  const held = tryLock(world, account)
  const waiting = findCredential(world)
  await expect.poll(() => world.sleeps.length).toBeGreaterThan(0)
  const stored = readAccount(world, account)
  if (!stored) throw new Error('nothing is stored')
  const fresh = {
    ...stored.record,
    accessToken: 'of the holder',
    issuedAt: world.clock,
    expiresAt: world.clock + 900_000,
  }
  writeAccount(world, account, fresh, stored.generation)
  expect((await waiting).secret).toBe('of the holder')
  expect(held?.held()).toBe(true)
  expect(peer.requests).toEqual([])
})

test('a server that does not rotate keeps its refresh token in use', async () => {
  const account = storeSignIn(world, peer, { leftSeconds: 0 })
  const before = readAccount(world, account)?.record.refreshToken
  peer.fault(tokenPath, { do: 'answer', status: 200, body: { access_token: 'a', token_type: 'bearer' } })
  await findCredential(world)
  expect(readAccount(world, account)?.record).toMatchObject({
    refreshToken: before,
    accessToken: 'a',
    expiresAt: world.clock + 300_000,
  })
})
