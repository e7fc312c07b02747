import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { readConfig } from '@latchstring/server/config'
import { startServer } from '@latchstring/server/start-server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort, startTestServer, type TestServer } from '../support/running-server.ts'
import { signInAgent } from '../support/sign-in-agent.ts'

/** A server gets another address. */
let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.stop())

const program = join(import.meta.dirname, '../../packages/server/src/main.ts')
const run = (...args: string[]) => {
  const flags = ['--disable-warning=ExperimentalWarning', '--conditions=@latchstring/source']
  return spawnSync(process.execPath, [...flags, program, 'move-address', ...args], {
    env: { PATH: process.env['PATH'], HOME: server.folder, ...server.environment },
    encoding: 'utf8',
  })
}

it('says what ends and changes nothing; with --yes it ends that, and keys go on at the new address', async () => {
  const agent = await signInAgent(server)
  const said = run('https://latch.acme.test')
  expect([said.status, said.stdout]).toEqual([
    0,
    `from ${server.url} to https://latch.acme.test
  passkeys  0 stop working (of 0 people)
  browsers  1 are signed out
  agents    1 are signed out
  keys      go on
`,
  ])
  expect(said.stderr).toContain('Nothing was changed')
  expect((await agent.settings()).status).not.toBe(401)
  expect(run('https://latch.acme.test', '--yes')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('data_in_use'),
  })

  const port = String(await freePort())
  const to = `http://other.localhost:${port}`
  const config = readConfig(
    { ...server.environment, LATCHSTRING_URL: to, LATCHSTRING_PORT: port },
    server.folder,
  )
  const keys = await fetch(`${server.url}/v1/models`, { headers: { 'x-api-key': server.adminKey } })
  await server.pause()
  const done = run(to, '--yes')
  expect([done.status, done.stdout]).toEqual([0, expect.stringContaining('2 sessions ended.')])
  expect(run(to).stdout).toMatch(/browsers {2}0 .*\n.*agents {4}0 /)
  const moved = await startServer(config)
  try {
    const at = `http://127.0.0.1:${port}`
    const call = await fetch(`${at}/v1/models`, { headers: { 'x-api-key': server.adminKey } })
    expect([call.status, keys.status]).toEqual([200, 200])
    const audit = await fetch(`${at}/v1/organizations/audit_lines`, {
      headers: { 'x-api-key': server.adminKey },
    })
    expect(await audit.text()).toContain('address moved')
  } finally {
    await moved.stop()
  }
})

it('the same address ends nothing; what is no address is refused', () => {
  expect(run(server.url).stdout).toContain('Nothing ends')
  for (const url of ['http://latch.acme.test', 'https://10.0.0.1', 'latch', 'https://a.test/x'])
    expect([url, run(url).status]).toEqual([url, 1])
  expect(run()).toMatchObject({ status: 1, stderr: expect.stringContaining('new address') })
})
