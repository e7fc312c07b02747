import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { storeSignIn, type TemporaryWorld, temporaryWorld } from '@latchstring/client/testing/temporary-world'
import { newKey } from '@latchstring/protocol/decide/key-format'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { AuthorizationServerPeer } from '../../../tests/support/authorization-server-peer.ts'
import { commands } from './commands.ts'
import { helpOf } from './help.ts'
import { buildLatch, nodesAtHand, runLatch } from './testing/built-latch.ts'

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

const latch = (typed: string[], env: Record<string, string> = {}, node?: string) =>
  runLatch(built.file, typed, { home: world.home, env, node })

describe.each(nodesAtHand())('on Node.js $version', ({ program: node }) => {
  test('the whole story: sign in by code, who am I, a token, sign out', { timeout: 60_000 }, async () => {
    peer.intervalSeconds = 1
    const login = await latch(['login', peer.address], {}, node)
    expect(login).toMatchObject({ code: 0, stdout: '' })
    expect(login.stderr).toMatch(
      /Your code: WDJB-MJHT\nOpen this page .*\n {2}http:\S+\/device\?user_code=WDJB-MJHT\n/,
    )
    expect(login.stderr).toMatch(/Signed in to http:\S+ as ada@acme\.test\.\nNext: latch status\n$/)

    const status = await latch(['status'], {}, node)
    expect(status).toMatchObject({ code: 0, stderr: '' })
    expect(status.stdout).toMatch(
      /^server +http:\S+\nwho +Ada <ada@acme\.test>, developer\norganisation +Acme\n/,
    )
    expect(status.stdout).toMatch(
      /\ntoken ends +\S+ \S+ UTC \(in 1[45] minutes\), renewed by itself\nchecked +the server accepts it\n$/,
    )

    expect(peer.accepts((await latch(['token'], {}, node)).stdout.trim())).toBe(true)

    const logout = await latch(['logout'], {}, node)
    expect(logout).toMatchObject({ code: 0, stdout: '' })
    expect(logout.stderr).toMatch(/^Signed out of http:\S+\. The session has ended on the server too\.\n$/)
    expect(peer.revoked).toBe(1)
    expect((await latch(['status'], {}, node)).stderr).toBe(
      `latch: not signed in. Run: latch login ${peer.address}\n`,
    )
    expect(await latch(['logout'], {}, node)).toMatchObject({ code: 0, stderr: 'You were not signed in.\n' })
    expect(await latch(['login'], {}, node)).toMatchObject({ code: 0 })
  })
})

test('status for programs has a stable shape, and says stored but not checked without the server', async () => {
  storeSignIn(world, peer, { leftSeconds: 900 })
  expect(JSON.parse((await latch(['status', '--json'])).stdout)).toMatchObject({
    schemaVersion: 1,
    address: peer.address,
    source: 'account',
    store: { kind: 'encrypted file' },
    checked: 'accepted',
    user: { email: 'ada@acme.test', role: 'developer' },
    organization: { name: 'Acme' },
  })
  await peer.close()
  const offline = await latch(['status'])
  expect(offline).toMatchObject({ code: 0 })
  expect(offline.stdout).toMatch(/\nwho +ada@acme\.test\n/)
  expect(offline.stdout).toMatch(
    /\nchecked +stored, but not checked: nothing listens there \(ECONNREFUSED\)\n$/,
  )
})

test('status with an ended token and no server still says what is stored', async () => {
  storeSignIn(world, peer, { leftSeconds: -60 })
  await peer.close()
  const { code, stdout } = await latch(['status'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/token ended +\S+ \S+ UTC \(1 minute ago\)\n/)
  expect(stdout).toMatch(/stored, but not checked: http:\S+ cannot be reached/)
})

test('status of a sign-in that the server no longer accepts is exit code 4', async () => {
  storeSignIn(world, peer, { leftSeconds: 900 })
  peer.endAllSessions()
  const { code, stdout, stderr } = await latch(['status'])
  expect(code).toBe(4)
  expect(stdout).toMatch(/checked +the server does not accept it\n/)
  expect(stderr).toBe(
    `latch: not signed in: the server does not accept it. Run: latch login ${peer.address}\n`,
  )
})

test('a key in the environment is told as the source and kept out of sight', async () => {
  const key = newKey()
  const env = { LATCHSTRING_API_KEY: key, LATCHSTRING_URL: peer.address }
  const { stdout, stderr } = await latch(['status'], env)
  expect(stdout).toMatch(/from +LATCHSTRING_API_KEY/)
  expect(stdout + stderr).not.toContain(key)
  expect((await latch(['token'], env)).stdout).toBe(`${key}\n`)
  expect((await latch(['explain'], env)).stdout).toMatch(
    /LATCHSTRING_API_KEY +used .*\nsign-in by latch login +not asked +environment comes first/,
  )
  const wrong = await latch(['token'], { LATCHSTRING_API_KEY: 'sk-something-else' })
  expect(wrong).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^latch: LATCHSTRING_API_KEY is set but/),
  })
  expect(wrong.stderr).not.toContain('sk-something-else')
})

test('explain names the winner, those passed over, and the way in where there is none', async () => {
  const nothing = await latch(['explain'])
  expect(nothing).toMatchObject({ code: 4, stderr: 'No credential. Next: latch login\n' })
  storeSignIn(world, peer, { leftSeconds: 900 })
  const lines = (await latch(['explain'])).stdout.split('\n')
  expect(lines[0]).toBe('LATCHSTRING_API_KEY      passed over   LATCHSTRING_API_KEY is not set')
  expect(lines[1]).toMatch(/^sign-in by latch login {3}used {10}for http:\S+, ends in 1[45] minutes$/)
  const json = JSON.parse((await latch(['explain', '--json'])).stdout)
  expect(json).toMatchObject({
    schemaVersion: 1,
    winner: 'account',
    sources: [{ outcome: 'absent' }, { outcome: 'used' }],
  })
  expect(JSON.stringify(json)).not.toMatch(/access-|refresh-/)
})

test('logout without the server says what is still true, and how to go on', async () => {
  storeSignIn(world, peer, { leftSeconds: 900 })
  await peer.close()
  const kept = await latch(['logout'])
  expect(kept).toMatchObject({ code: 6, stdout: '' })
  expect(kept.stderr).toMatch(
    /^latch: the session was not ended: \S+ cannot be reached: nothing listens there \(ECONNREFUSED\)\. You are still signed in here\. Try again, or forget it here only: latch logout --local\n$/,
  )
  expect((await latch(['token'])).code).toBe(0)
  const local = await latch(['logout', '--local'])
  expect(local).toMatchObject({ code: 0 })
  expect(local.stderr).toMatch(
    /Signed out here only: the server was not told, and the session at \S+ may live on\./,
  )
  expect((await latch(['token'])).code).toBe(4)
})

test('a store that cannot be written stops login before the server hears of it', async () => {
  writeFileSync(path.join(world.home, '.local'), 'a file where a folder should be')
  const { code, stderr } = await latch(['login', peer.address])
  expect(code).toBe(5)
  expect(stderr).toMatch(
    /^latch: \S+ cannot be made: a file stands where a folder should be\. Move that file away/,
  )
  expect(peer.requests).toEqual([])
})

test.each([
  [['tokne'], /^latch: there is no command "tokne"\. Did you mean: latch token\n$/],
  [['frobnicate'], /^latch: there is no command "frobnicate"\. See: latch --help\n$/],
  [['help', 'exce'], /Did you mean: latch exec/],
  [['token', '--jsn'], /^latch: token has no option --jsn\. See: latch help token\n$/],
  [['token', 'now'], /^latch: "now" is one word too many\. See: latch help token\n$/],
  [['login'], /^latch: no server is known on this machine yet\. Run: latch login URL/],
  [
    ['login', 'http://latch.example.com'],
    /^latch: "http:\/\/latch\.example\.com" would carry your sign-in unencrypted\. Give one that starts with https/,
  ],
  [['login', 'not an address'], /is not an address\. Give one like https:/],
  [['exec'], /^latch: the command to run is missing\. Type: latch exec -- CMD/],
  [['exec', '--json'], /^latch: exec has no option --json/],
] as [string[], RegExp][])('latch %j is a usage error that says what to type', async (typed, words) => {
  expect(await latch(typed)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(words) })
})

test('a bare latch shows the way in and is a usage error; --help is none', async () => {
  const bare = await latch([])
  expect(bare).toMatchObject({ code: 2, stdout: '' })
  expect(bare.stderr).toMatch(/latch login https/)
  expect(await latch(['--help'])).toMatchObject({ code: 0, stdout: bare.stderr, stderr: '' })
  expect(await latch(['--version'])).toMatchObject({ code: 0, stdout: 'latch 0.1.0\n' })
})

test.each(Object.entries(commands))(
  'help of %s starts with an example and fits a terminal',
  async (verb, load) => {
    const command = await load()
    const text = helpOf(verb as keyof typeof commands, command)
    expect(text.split('\n')[0]).toMatch(new RegExp(`^ {2}latch ${verb}\\b`))
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
    for (const option of Object.keys(command.options)) expect(text).toContain(`--${option}`)
  },
)

test('help CMD and CMD --help are the same', async () => {
  expect((await latch(['exec', '--help'])).stdout).toBe((await latch(['help', 'exec'])).stdout)
})
