import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { findCredential } from '@latchstring/client/chain'
import { storeSignIn, type TemporaryWorld, temporaryWorld } from '@latchstring/client/testing/temporary-world'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { AuthorizationServerPeer } from '../../../../../tests/support/authorization-server-peer.ts'
import { buildLatch, nodesAtHand, runLatch, startLatch } from '../../testing/built-latch.ts'

let built: ReturnType<typeof buildLatch>
let world: TemporaryWorld
let peer: AuthorizationServerPeer
beforeAll(() => {
  built = buildLatch()
})
afterAll(() => built.remove())
beforeEach(async () => {
  world = temporaryWorld()
  peer = await AuthorizationServerPeer.start()
})
afterEach(async () => {
  world.remove()
  await peer.close()
})

const testing = path.resolve(import.meta.dirname, '../../testing')

describe.each(nodesAtHand())('on Node.js $version', ({ program: node }) => {
  const latch = (...typed: string[]) => runLatch(built.file, typed, { home: world.home, node })

  test('prints the token and a newline, nothing else', async () => {
    storeSignIn(world, peer, { leftSeconds: 900, accessToken: 'the-token' })
    expect(await latch('token')).toEqual({ code: 0, signal: null, stdout: 'the-token\n', stderr: '' })
  })

  test('the warm way loads three built-in modules and opens no connection', async () => {
    storeSignIn(world, peer, { leftSeconds: 900 })
    const seen = path.join(world.home, 'seen.json')
    const { code } = await runLatch(built.file, ['token'], {
      home: world.home,
      node,
      env: { SEEN_FILE: seen },
      nodeOptions: ['--require', path.join(testing, 'modules-seen.cjs')],
    })
    const { asked, connections } = JSON.parse(readFileSync(seen, 'utf8'))
    expect(code).toBe(0)
    expect(asked.filter((name: string) => name !== built.file).sort()).toEqual([
      'node:crypto',
      'node:fs',
      'node:path',
    ])
    expect(connections).toBe(0)
    expect(peer.requests).toEqual([])
  })

  test('a token near its end is renewed first', async () => {
    storeSignIn(world, peer, { leftSeconds: 100 })
    const { stdout, code } = await latch('token')
    expect([code, peer.accepts(stdout.trim()), peer.refreshes]).toEqual([0, true, 1])
    expect((await latch('token')).stdout).toBe(stdout)
    expect(peer.refreshes).toBe(1)
  })

  test('--json has a stable shape', async () => {
    storeSignIn(world, peer, { leftSeconds: 900, accessToken: 'the-token' })
    expect(JSON.parse((await latch('token', '--json')).stdout)).toEqual({
      schemaVersion: 1,
      token: 'the-token',
      expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      source: 'account',
    })
  })

  test('signed out: exit code 4, one line on standard error, nothing on standard output', async () => {
    expect(await latch('token')).toEqual({
      code: 4,
      signal: null,
      stdout: '',
      stderr: 'latch: not signed in. Run: latch login URL\n',
    })
    storeSignIn(world, peer, { leftSeconds: 0 })
    peer.endAllSessions()
    const refused = `latch: not signed in: the server ended this session. Run: latch login ${peer.address}\n`
    expect(await latch('token')).toMatchObject({ code: 4, stdout: '', stderr: refused })
    expect((await latch('token')).stderr.split('\n')).toHaveLength(2)
  })

  test('without the server: a valid token is printed, an ended one is exit code 6', async () => {
    storeSignIn(world, peer, { leftSeconds: 60, accessToken: 'still-good' })
    await peer.close()
    expect(await latch('token')).toMatchObject({ code: 0, stdout: 'still-good\n', stderr: '' })
    storeSignIn(world, peer, { leftSeconds: 0 })
    const { code, stdout, stderr } = await latch('token')
    expect([code, stdout]).toEqual([6, ''])
    expect(stderr).toMatch(
      /^latch: http:\S+ cannot be reached: nothing listens there \(ECONNREFUSED\)\. Check the network.*\n$/,
    )
  })
})

test('thirty cold processes at once make one refresh and print the same token', async () => {
  storeSignIn(world, peer, { leftSeconds: 0 })
  peer.delayMilliseconds = 150
  const runs = await Promise.all(
    Array.from({ length: 30 }, () => runLatch(built.file, ['token'], { home: world.home })),
  )
  expect(runs.map(run => run.code)).toEqual(Array.from({ length: 30 }, () => 0))
  expect(new Set(runs.map(run => run.stdout)).size).toBe(1)
  expect(peer.accepts(runs[0]?.stdout.trim() ?? '')).toBe(true)
  expect(peer.refreshes).toBe(1)
})

test('a process killed while it waits for the server costs the next one no wait for its lock', async () => {
  storeSignIn(world, peer, { leftSeconds: 0 })
  peer.delayMilliseconds = 60_000
  const child = startLatch(built.file, ['token'], { home: world.home })
  await expect.poll(() => peer.refreshes, { timeout: 10_000, interval: 5 }).toBe(1)
  peer.delayMilliseconds = 0
  child.kill('SIGKILL')
  await once(child, 'exit')
  const start = performance.now()
  const { code, stdout } = await runLatch(built.file, ['token'], { home: world.home })
  expect([code, peer.accepts(stdout.trim()), peer.familiesEnded]).toEqual([0, true, 0])
  // Far below the ten seconds after which a silent owner is given up.
  expect(performance.now() - start).toBeLessThan(5_000)
})

test('killed at every point of a renewal, the next run keeps the same sign-in', {
  timeout: 180_000,
}, async () => {
  const counting = { nodeOptions: ['--require', path.join(testing, 'counted-steps.cjs')] }
  const cold = () => {
    rmSync(world.home, { recursive: true, force: true })
    mkdirSync(world.home, { mode: 0o700 })
    storeSignIn(world, peer, { leftSeconds: 0 })
  }
  cold()
  const seen = path.join(world.home, 'steps')
  await runLatch(built.file, ['token'], { home: world.home, env: { STEPS_FILE: seen }, ...counting })
  const points = Number(readFileSync(seen, 'utf8'))
  expect(points).toBeGreaterThan(40)
  for (let point = 1; point <= points; point++) {
    cold()
    const env = { KILL_AT_STEP: String(point) }
    expect((await runLatch(built.file, ['token'], { home: world.home, env, ...counting })).signal).toBe(
      'SIGKILL',
    )
    world.clock = Date.now()
    const again = await findCredential(world).then(
      ({ secret }) => (peer.accepts(secret) ? 'a good token' : 'a dead token'),
      (error: Error) => error.message,
    )
    expect({ point, again, ended: peer.familiesEnded }).toEqual({ point, again: 'a good token', ended: 0 })
  }
})
