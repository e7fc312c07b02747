import { once } from 'node:events'
import { storeSignIn, type TemporaryWorld, temporaryWorld } from '@latchstring/client/testing/temporary-world'
import { newKey } from '@latchstring/protocol/decide/key-format'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { AuthorizationServerPeer } from '../../../../../tests/support/authorization-server-peer.ts'
import { buildLatch, runLatch, startLatch } from '../../testing/built-latch.ts'

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
  storeSignIn(world, peer, { leftSeconds: 900, accessToken: 'the-token' })
})
afterEach(async () => {
  world.remove()
  await peer.close()
})

const exec = (command: string[], env: Record<string, string> = {}) =>
  runLatch(built.file, ['exec', '--', ...command], { home: world.home, env })

const names = ['ANTHROPIC_BASE_URL', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_API_KEY', 'OTHER']
const show = [
  process.execPath,
  '-p',
  `${JSON.stringify(names)}.map(name => process.env[name] ?? 'unset').join('|')`,
]

test('the command gets address and token, no left-over key, and the rest of the environment', async () => {
  const env = { ANTHROPIC_API_KEY: 'left-over', ANTHROPIC_BASE_URL: 'https://elsewhere.test', OTHER: 'kept' }
  expect(await exec(show, env)).toMatchObject({
    code: 0,
    stdout: `${peer.address}|the-token|unset|kept\n`,
    stderr: '',
  })
})

test('the exit code passes through, and so do words that look like options', async () => {
  expect((await exec(['sh', '-c', 'exit 7'])).code).toBe(7)
  expect((await exec(['echo', '--help', '--json', '--', 'x y'])).stdout).toBe('--help --json -- x y\n')
  const bare = await runLatch(built.file, ['exec', 'echo', '-n', 'x'], { home: world.home })
  expect(bare.stdout).toBe('x')
})

test('a command ended by a signal ends latch by the same signal', async () => {
  expect(await exec(['sh', '-c', 'kill -TERM $$'])).toMatchObject({ code: null, signal: 'SIGTERM' })
})

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s reaches the command, which decides what to do',
  async signal => {
    const program = `trap 'echo got ${signal}; exit 9' ${signal.slice(3)}; echo ready; while :; do sleep 0.02; done`
    const child = startLatch(built.file, ['exec', '--', 'sh', '-c', program], { home: world.home })
    let stdout = ''
    child.stdout.on('data', chunk => {
      stdout += chunk
      if (stdout === 'ready\n') child.kill(signal)
    })
    expect(await once(child, 'close')).toEqual([9, null])
    expect(stdout).toBe(`ready\ngot ${signal}\n`)
  },
)

test('a command that is not there is 127, one that cannot run is 126, both in words', async () => {
  expect(await exec(['no-such-command-here'])).toMatchObject({
    code: 127,
    stderr: 'latch: "no-such-command-here" was not found. Check its name and PATH.\n',
  })
  expect(await exec(['/'])).toMatchObject({
    code: 126,
    stderr: expect.stringMatching(/could not be started \(EACCES\)/),
  })
})

test('signed out, nothing is run', async () => {
  world.remove()
  expect(await exec(show)).toMatchObject({
    code: 4,
    stdout: '',
    stderr: expect.stringMatching(/^latch: not signed in/),
  })
})

test('a key without an address does not guess one', async () => {
  world.remove()
  expect(await exec(show, { LATCHSTRING_API_KEY: newKey() })).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/Set LATCHSTRING_URL to the address the key belongs to\.\n$/),
  })
})
