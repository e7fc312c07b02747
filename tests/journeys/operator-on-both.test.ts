import { makeEmptyDatabase } from '@latchstring/console/base/testing/postgres'
import type { Diagnosis } from '@latchstring/server/doctor/checks'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { BrowserClient } from '../support/browser-client.ts'
import { runCommand } from '../support/run-command.ts'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'
import { signInAgent } from '../support/sign-in-agent.ts'

const storages = [
  { name: 'the embedded database', postgres: false },
  ...(process.env['LATCHSTRING_TEST_POSTGRES_URL'] ? [{ name: 'PostgreSQL', postgres: true }] : []),
]

describe.each(storages)('an operator on $name', ({ postgres }) => {
  let server: TestServer
  const run = (...args: string[]) => runCommand(server.environment, server.folder, ...args)

  beforeAll(async () => {
    server = await startTestServer(postgres ? { DATABASE_URL: (await makeEmptyDatabase()).url } : {})
    await server.owner.ask('POST', '/v1/organizations/providers', {
      kind: 'anthropic',
      name: 'Console',
      base_url: 'http://127.0.0.1:9',
      secret: 'sk-ant-api03-x',
    })
    await server.owner.ask('POST', '/v1/organizations/users', { email: 'bob@acme.test', role: 'developer' })
  })
  afterAll(() => server?.stop())

  it('finds nothing wrong beside the running server', async () => {
    const { status, out } = await run('doctor', '--json')
    const { checks } = JSON.parse(out) as Diagnosis
    expect([status, checks.filter(one => one.status === 'wrong')]).toEqual([0, []])
  })

  it('lets the owner in again, and makes another one when that owner is gone', async () => {
    expect(await run('recover-owner', 'bob@acme.test')).toMatchObject({
      status: 1,
      err: expect.stringContaining('not_an_owner'),
    })
    expect(await run('recover-owner', 'bob@acme.test', '--promote')).toMatchObject({
      status: 1,
      err: expect.stringMatching(/owner@acme\.test can still sign in.*owner_can_sign_in/),
    })
    const back = await run('recover-owner', 'owner@acme.test', '--remove-passkeys', '--json')
    expect(JSON.parse(back.out)).toMatchObject({ promoted: false, browsers_ended: 1 })
    expect((await server.owner.send('GET', '/v1/organizations/users')).status).toBe(401)
    const promoted = await run('recover-owner', 'bob@acme.test', '--promote')
    expect(promoted).toMatchObject({
      status: 0,
      err: expect.stringContaining('bob@acme.test is an owner now.'),
    })
    const bob = new BrowserClient(server.url)
    await bob.signIn(promoted.out)
    const { data } = await bob.ask<{ data: { email: string; role: string }[] }>(
      'GET',
      '/v1/organizations/users',
    )
    expect(data.find(one => one.email === 'bob@acme.test')?.role).toBe('owner')
    await server.owner.signIn((JSON.parse(back.out) as { sign_in_link: string }).sign_in_link)
  })

  it('changes the master key while the server stands still, and agents renew after it', async () => {
    const agent = await signInAgent(server)
    expect(await run('rotate', 'master-key')).toMatchObject({
      status: 1,
      err: expect.stringContaining('data_in_use'),
    })
    await server.pause()
    // PostgreSQL counts a session for a moment after it was closed.
    const done = await vi.waitFor(async () => {
      const { status, err } = await run('rotate', 'master-key')
      expect([status, err]).toEqual([0, expect.stringMatching(/All \d+ sealed values open/)])
      return status
    })
    await server.restart()
    expect(done).toBe(0)
    expect((await agent.refresh()).status).toBe(200)
  })
})
