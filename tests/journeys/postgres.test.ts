import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import type { TestDatabase } from '@latchstring/console/base/testing/postgres'
import { makeEmptyDatabase } from '@latchstring/console/base/testing/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestServer } from '../support/running-server.ts'
import { freePort, startTestServer } from '../support/running-server.ts'
import { signInAgent } from '../support/sign-in-agent.ts'

/** Two server processes on one PostgreSQL, as behind a load balancer: one address, two ports. */
describe.runIf(process.env['LATCHSTRING_TEST_POSTGRES_URL'])('two servers on one PostgreSQL', () => {
  let made: TestDatabase
  let first: TestServer
  let second: { port: number; stop(): Promise<void> }

  beforeAll(async () => {
    made = await makeEmptyDatabase()
    first = await startTestServer({ DATABASE_URL: made.url })
    second = await startProcess(first)
  })
  afterAll(async () => {
    await second?.stop()
    await first?.stop()
  })

  /** A call of the gateway at the second server. */
  const call = (bearer: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = request({
        host: '127.0.0.1',
        port: second.port,
        method: 'POST',
        path: '/v1/messages',
        headers: {
          host: new URL(first.url).host,
          authorization: `Bearer ${bearer}`,
          'content-type': 'application/json',
          'anthropic-version': '2023-06-01',
        },
      })
      sent.on('response', reply => reply.resume().on('end', () => resolve(reply.statusCode ?? 0)))
      sent.on('error', reject)
      sent.end('{"model":"sandbox","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}')
    })

  it('a session ended on one is refused on the other within a second', async () => {
    const agent = await signInAgent(first)
    const token = agent.tokens?.access_token ?? ''
    expect(await call(token)).toBe(200)
    await agent.signOut()
    const from = performance.now()
    while ((await call(token)) !== 401) {
      expect(performance.now() - from).toBeLessThan(1000)
      await delay(10)
    }
  })

  it('a key made on one calls on the other; switched off there it is refused within a second', async () => {
    const key = await first.owner.ask<{ id: string; secret: string }>('POST', '/v1/organizations/api_keys', {
      name: 'CI',
      kind: 'api',
    })
    expect(await call(key.secret)).toBe(200)
    await first.owner.ask('POST', `/v1/organizations/api_keys/${key.id}`, { status: 'inactive' })
    const from = performance.now()
    while ((await call(key.secret)) !== 401) {
      expect(performance.now() - from).toBeLessThan(1000)
      await delay(10)
    }
  })

  it('calls of both are listed together, and each has one audit line', async () => {
    const before = await first.owner.ask<{ data: { id: string }[] }>(
      'GET',
      '/v1/organizations/usage/calls?limit=100',
    )
    const agent = await signInAgent(first)
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i % 2 === 0 ? call(agent.tokens?.access_token ?? '') : agent.message().then(reply => reply.text()),
      ),
    )
    const { data } = await first.owner.ask<{ data: { id: string }[] }>(
      'GET',
      '/v1/organizations/usage/calls?limit=100',
    )
    expect(data.length - before.data.length).toBe(20)
    const lines = async () =>
      (
        await first.owner.ask<{ data: { target: { id: string } }[] }>(
          'GET',
          '/v1/organizations/audit_lines?event=usage.recorded&limit=100',
        )
      ).data.map(line => line.target.id)
    await expect.poll(async () => (await lines()).length, { timeout: 5000 }).toBe(data.length)
    expect(new Set(await lines())).toEqual(new Set(data.map(one => one.id)))
  })
})

/** A second process at the same address, on a port of its own. */
async function startProcess(server: TestServer): Promise<{ port: number; stop(): Promise<void> }> {
  const port = await freePort()
  const child = spawn(path.join(import.meta.dirname, '../../bin/latchstring'), ['serve'], {
    env: {
      PATH: process.env['PATH'],
      HOME: server.folder,
      ...server.environment,
      LATCHSTRING_URL: server.url,
      LATCHSTRING_PORT: String(port),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(createInterface(child.stdout), 'line')
  return {
    port,
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}
