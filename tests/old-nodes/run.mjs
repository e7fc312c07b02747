// Runs on each Node.js that client and cli promise to run on, against the built file: no stripping, no vitest here.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const latch = fileURLToPath(new URL('../../packages/cli/dist/latch.cjs', import.meta.url))

/** Runs latch on the Node.js that runs this test. */
const run = (...args) => spawnSync(process.execPath, [latch, ...args], { encoding: 'utf8' })

test('latch --version answers a version and nothing else', () => {
  const { status, stdout, stderr } = run('--version')
  assert.equal(status, 0, stderr)
  assert.match(stdout, /\d+\.\d+\.\d+/)
  assert.equal(stderr, '')
})

test('latch --help answers how it is used', () => {
  const { status, stdout, stderr } = run('--help')
  assert.equal(status, 0, stderr)
  assert.match(stdout, /latch/)
})
