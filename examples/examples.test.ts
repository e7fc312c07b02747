import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { helperTtlMilliseconds } from '@latchstring/protocol/base/names'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestServer } from '../tests/support/running-server.ts'
import { startTestServer } from '../tests/support/running-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.stop())

const run = async (file: string) => {
  const env = { ...process.env, LATCHSTRING_URL: server.url, LATCHSTRING_API_KEY: server.adminKey }
  return (await promisify(execFile)(process.execPath, [join(import.meta.dirname, file)], { env })).stdout
}

it('call-a-model.ts prints an answer, list-calls.ts lists the call', async () => {
  expect(await run('call-a-model.ts')).toMatch(/\d+ tokens in, \d+ out/)
  expect(await run('list-calls.ts')).toMatch(/\towner@acme\.test\tsandbox\t\d+\t\d+\n/)
})

it('the helper settings publish a life of a failed helper that is shorter than a token’s', () => {
  const { env } = JSON.parse(readFileSync(join(import.meta.dirname, 'agent-settings/helper.json'), 'utf8'))
  expect(Number(env.CLAUDE_CODE_API_KEY_HELPER_TTL_MS)).toBe(helperTtlMilliseconds)
  expect(helperTtlMilliseconds).toBeLessThan(600_000)
})

it('the two ways are never mixed: an agent that must sign in refuses a helper (recorded)', () => {
  const gateway = JSON.parse(readFileSync(join(import.meta.dirname, 'agent-settings/gateway.json'), 'utf8'))
  expect(Object.keys(gateway)).not.toContain('apiKeyHelper')
  expect(gateway.forceLoginMethod).toBe('gateway')
})
