import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openPostgres } from '@latchstring/console/base/database'
import type { TestDatabase } from '@latchstring/console/base/testing/postgres'
import { breakWrites, makeEmptyDatabase } from '@latchstring/console/base/testing/postgres'
import { readConfig } from '@latchstring/server/config'
import { main } from '@latchstring/server/main'
import type { RunningServer } from '@latchstring/server/start-server'
import { startServer } from '@latchstring/server/start-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'
import { signInAgent } from '../support/sign-in-agent.ts'
import type { StockAgent } from '../support/stock-agent.ts'

/** From the embedded database to PostgreSQL, as an operator does it. */
describe.runIf(process.env['LATCHSTRING_TEST_POSTGRES_URL'])('move-database', () => {
  let made: TestDatabase
  let server: TestServer
  let moved: RunningServer | undefined
  let agent: StockAgent

  beforeAll(async () => {
    made = await makeEmptyDatabase()
    server = await startTestServer()
    agent = await signInAgent(server)
    for (let i = 0; i < 5; i++) await (await agent.message()).text()
  })
  afterAll(async () => {
    await moved?.stop()
    await server?.stop()
  })

  async function run(args: string[], env: Record<string, string> = {}) {
    const said: string[] = []
    const line = (text: string) => void said.push(text)
    const host = { args, env: { ...server.environment, ...env }, folder: server.folder, out: line, err: line }
    const code = await main({ ...host, stopped: new Promise(() => {}) })
    return { code, said: said.join('\n') }
  }
  const move = () => run(['move-database'], { DATABASE_URL: made.url })
  const sumOf = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(server.folder, 'data', name)))
      .digest('hex')
  const calls = () =>
    server.owner.ask<{ data: { id: string }[] }>('GET', '/v1/organizations/usage/calls?limit=100')
  const lines = () =>
    server.owner.ask<{ data: { id: string }[] }>('GET', '/v1/organizations/audit_lines?limit=100')

  it('is refused while the server runs', async () => {
    expect(await move()).toMatchObject({ code: 1, said: expect.stringContaining('data_in_use') })
  })

  it('broken off, it leaves nothing behind; then all is there, and sessions, tokens and counts go on', async () => {
    await expect.poll(async () => (await lines()).data.length, { timeout: 5000 }).toBeGreaterThan(7)
    const before = { calls: await calls(), lines: await lines() }
    await server.pause()
    const sums = [sumOf('latchstring.sqlite'), sumOf('usage.sqlite')]

    expect((await run(['migrate', '--check'], { DATABASE_URL: made.url })).code).toBe(1)
    expect((await run(['migrate'], { DATABASE_URL: made.url })).said).toContain('organizations')
    expect(await run(['migrate', '--check'], { DATABASE_URL: made.url })).toEqual({ code: 0, said: '' })

    const target = openPostgres(made.settings)
    const mend = await breakWrites(target, 'insert', 'usage_calls')
    await expect(move()).rejects.toThrow('fault')
    await mend()
    const left = await target.handle().selectFrom('organizations').select('id').execute()
    expect(left).toEqual([])
    await target.close()

    const done = await move()
    expect([done.code, done.said]).toEqual([0, expect.stringContaining('same content')])
    expect(done.said).toMatch(/^usage_calls +5 {2}[0-9a-f]{64}$/m)
    expect([sumOf('latchstring.sqlite'), sumOf('usage.sqlite')]).toEqual(sums)

    moved = await startServer(readConfig({ ...server.environment, DATABASE_URL: made.url }, server.folder))
    expect(await calls()).toEqual(before.calls)
    expect((await lines()).data.map(line => line.id)).toEqual(before.lines.data.map(line => line.id))
    expect((await agent.message()).status).toBe(200)
    expect((await agent.refresh()).status).toBe(200)
    expect(await (await agent.message()).text()).not.toBe('')
    expect((await calls()).data.length).toBeGreaterThan(before.calls.data.length)
  })

  it('is refused where there is data already', async () => {
    await moved?.stop()
    moved = undefined
    expect(await move()).toMatchObject({ code: 1, said: expect.stringContaining('target_not_empty') })
  })

  it('says what is missing', async () => {
    for (const args of [
      ['move-database'],
      ['move-database', '--to', 'postgres://u:p@h/d'],
      ['move-database', '--from', 'x'],
    ])
      expect(await run(args)).toMatchObject({
        code: 1,
        said: expect.stringContaining('configuration_invalid'),
      })
  })
})
