import { homedir, tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { cleanEnvironment, makeTestWorld } from './test-world.ts'

test('a test run inherits no account, cloud, agent, keychain or colour variable', () => {
  const theirs = {
    LATCHSTRING_URL: 'x',
    LATCHSTRING_PROVE: 'x',
    ANTHROPIC_API_KEY: 'x',
    CLAUDE_CONFIG_DIR: 'x',
    CLAUDECODE: '1',
    AWS_PROFILE: 'x',
    GOOGLE_APPLICATION_CREDENTIALS: 'x',
    DBUS_SESSION_BUS_ADDRESS: 'x',
    XDG_CONFIG_HOME: 'x',
    HTTPS_PROXY: 'x',
    NO_COLOR: '1',
  }
  expect(cleanEnvironment({ ...theirs, PATH: '/bin', LATCHSTRING_TEST_SEED: '7' })).toEqual({
    PATH: '/bin',
    LATCHSTRING_TEST_SEED: '7',
  })
})

test('a test run has a home and a temporary folder of its own', () => {
  using world = makeTestWorld({ LATCHSTRING_PROVE: 'full' })
  expect(world.environment['HOME']).not.toBe(homedir())
  expect(world.environment['HOME']).toContain(world.folder)
  expect(world.environment['TMPDIR']).toContain(world.folder)
  expect(world.folder).toContain(tmpdir())
  expect(world.environment['LATCHSTRING_PROVE']).toBe('full')
})
