import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { contentsOf } from '@latchstring/server/backups/contents'
import { readConfig } from '@latchstring/server/config'
import { startServer } from '@latchstring/server/start-server'
import { withConsole } from '@latchstring/server/with-console'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { BrowserClient } from '../support/browser-client.ts'
import { runCommand } from '../support/run-command.ts'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'
import { signInAgent } from '../support/sign-in-agent.ts'

/** An operator saves a server that is in use, and puts it back elsewhere. */
let server: TestServer
let folder: string
let upstream: Server
/** Keys that the provider was called with. */
const presented = new Set<string | undefined>()
const secret = 'sk-ant-api03-canary-of-the-backup'

const startServerWithProvider = async () => {
  server = await startTestServer()
  await server.owner.ask('POST', '/v1/organizations/providers', {
    kind: 'anthropic',
    name: 'Console',
    base_url: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
    secret,
  })
}
beforeAll(async () => {
  upstream = createServer((request, response) => {
    presented.add(request.headers['x-api-key']?.toString())
    request.resume().on('end', () =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(
        JSON.stringify({
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model: 'claude-opus-4-7',
          content: [{ type: 'text', text: 'Hello' }],
          usage: { input_tokens: 3, output_tokens: 5 },
        }),
      ),
    )
  })
  await new Promise<void>(resolve => void upstream.listen(0, '127.0.0.1', resolve))
  await startServerWithProvider()
})
afterAll(async () => {
  await server?.stop()
  upstream.closeAllConnections()
  upstream.close()
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchstring-backup-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const data = () => server.environment['LATCHSTRING_DATA'] ?? ''
const backUp = async (target = join(folder, 'saved.backup')) => {
  const done = await runCommand(server.environment, folder, 'backup', target, '--json')
  expect(done).toMatchObject({ status: 0, err: expect.stringContaining('master key is not in it') })
  return JSON.parse(done.out) as { file: string; tables: Record<string, Record<string, { rows: number }>> }
}
/** The environment of another folder, with or without the master key beside it. */
const elsewhere = (name: string, withKey = true) => {
  const path = join(folder, name)
  if (withKey) cpSync(`${data()}.key`, `${path}.key`)
  return { ...server.environment, LATCHSTRING_DATA: path }
}
const restore = (env: Record<string, string>, file: string) =>
  runCommand(env, folder, 'restore', file, '--json')
const rowsOf = (path: string, query: string) => {
  const file = new DatabaseSync(path, { readOnly: true })
  try {
    return file.prepare(query).all()
  } finally {
    file.close()
  }
}

it('a backup while everybody works is whole, and restoring it gives the same content', async () => {
  const agent = await signInAgent(server)
  let over = false
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    for (let n = 0; !over; n++) {
      await server.owner.ask('POST', '/v1/organizations/api_keys', { name: `Key ${writer}-${n}` })
      expect((await agent.message('hi', 'claude-opus-4-7', false)).status).toBe(200)
    }
  })
  const saved: Awaited<ReturnType<typeof backUp>>[] = []
  for (let n = 0; n < 3; n++) saved.push(await backUp(join(folder, `${n}.backup`)))
  over = true
  await Promise.all(writers)
  for (const [n, { file, tables }] of saved.entries()) {
    const env = elsewhere(`restored-${n}`)
    const { status, out } = await restore(env, file)
    expect([status, JSON.parse(out)]).toMatchObject([0, { tables, master_key: 'opens' }])
    const { LATCHSTRING_DATA: restored } = env
    expect({
      'latchstring.sqlite': contentsOf(join(restored, 'latchstring.sqlite')),
      'usage.sqlite': contentsOf(join(restored, 'usage.sqlite')),
    }).toEqual(tables)
    const audited = rowsOf(
      join(restored, 'latchstring.sqlite'),
      "select target_id as id from audit_lines where event = 'usage.recorded'",
    ).map(row => row['id'])
    const recorded = new Set(
      rowsOf(join(restored, 'usage.sqlite'), 'select id from usage_calls').map(row => row['id']),
    )
    expect(audited.filter(id => !recorded.has(id))).toEqual([])
  }
  const counts = saved.map(({ tables }) => tables['latchstring.sqlite']?.['keys']?.rows ?? 0)
  expect(counts[2]).toBeGreaterThan(counts[0] ?? 0)
})

it('a server on the restored folder goes on: agents refresh, people sign in, provider secrets open', async () => {
  const agent = await signInAgent(server)
  const { file } = await backUp()
  await server.owner.ask('POST', '/v1/organizations/api_keys', { name: 'After the backup' })
  const env = elsewhere('restored')
  expect((await restore(env, file)).status).toBe(0)
  await server.stop()
  const config = readConfig(env, folder)
  const second = await startServer(config)
  try {
    expect((await agent.refresh()).status).toBe(200)
    presented.clear()
    expect((await agent.message('hi', 'claude-opus-4-7', false)).status).toBe(200)
    expect([...presented]).toEqual([secret])
    const browser = new BrowserClient(config.url)
    await browser.signIn(await withConsole(config, console => console.makeSignInLink('owner@acme.test')))
    const { data: keys } = await browser.ask<{ data: { name: string }[] }>(
      'GET',
      '/v1/organizations/api_keys',
    )
    expect(keys.map(key => key.name)).not.toContain('After the backup')
    expect(await runCommand(env, folder, 'restore', file)).toMatchObject({
      status: 1,
      err: expect.stringContaining('data_in_use'),
    })
  } finally {
    await second.stop()
    await startServerWithProvider()
  }
})

it('one file, for its owner only, without the master key and without what the outbox holds', async () => {
  const { file } = await backUp(folder)
  expect(file).toMatch(/\/latchstring-\d{8}T\d{6}Z\.backup$/)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual([file.slice(folder.length + 1)])
  const bytes = readFileSync(file)
  expect(bytes.includes(readFileSync(`${data()}.key`, 'utf8').trim())).toBe(false)
  expect(bytes.includes(secret)).toBe(false)
  expect(bytes.includes('owner@acme.test')).toBe(true)
})

it('without the master key it restores, says what is missing, and no server starts on it', async () => {
  const { file } = await backUp()
  const env = elsewhere('keyless', false)
  const done = await restore(env, file)
  expect(done).toMatchObject({ status: 0, err: expect.stringContaining('Put the master key file back') })
  expect(JSON.parse(done.out)).toMatchObject({ master_key: 'missing' })
  expect(await runCommand(env, folder, 'sign-in-link', 'owner@acme.test')).toMatchObject({
    status: 1,
    err: expect.stringContaining('master_key_missing'),
  })
  expect(existsSync(`${env['LATCHSTRING_DATA']}.key`)).toBe(false)
  writeFileSync(`${env['LATCHSTRING_DATA']}.key`, `${Buffer.alloc(32, 7).toString('base64url')}\n`, {
    mode: 0o600,
  })
  expect(await runCommand(env, folder, 'sign-in-link', 'owner@acme.test')).toMatchObject({
    status: 1,
    err: expect.stringContaining('master_key_wrong'),
  })
})

it('what cannot be restored leaves the folder as it was', async () => {
  const { file } = await backUp()
  const bytes = readFileSync(file)
  const env = elsewhere('target')
  const { LATCHSTRING_DATA: target } = env
  const refused = async (backup: string, code: string) => {
    const done = await restore(env, backup)
    expect([done.status, done.out, done.err]).toEqual([1, '', expect.stringContaining(code)])
    expect(readdirSync(target).filter(name => !name.startsWith('server.lock'))).toEqual([])
  }
  for (const at of [0.2, 0.5, 0.9]) {
    const damaged = Buffer.from(bytes)
    const place = Math.floor(damaged.length * at)
    damaged[place] = (damaged[place] ?? 0) ^ 1
    writeFileSync(join(folder, 'damaged'), damaged)
    await refused(join(folder, 'damaged'), 'backup_unusable')
  }
  writeFileSync(join(folder, 'cut'), bytes.subarray(0, bytes.length / 2))
  await refused(join(folder, 'cut'), 'backup_unusable')
  await refused(join(folder, 'nothing-here'), 'backup_unusable')
  writeFileSync(`${target}.key`, `${Buffer.alloc(32, 7).toString('base64url')}\n`, { mode: 0o600 })
  await refused(file, 'master_key_wrong')
  mkdirSync(join(folder, 'used'))
  writeFileSync(join(folder, 'used', 'mine.txt'), '')
  expect(await restore(elsewhere('used'), file)).toMatchObject({
    status: 1,
    err: expect.stringContaining('data_folder_not_empty'),
  })
})

it('a damaged database is not backed up, and what was there before stays', async () => {
  const env = elsewhere('damaged')
  const { file } = await backUp()
  expect((await restore(env, file)).status).toBe(0)
  const path = join(env['LATCHSTRING_DATA'], 'latchstring.sqlite')
  const bytes = readFileSync(path)
  bytes.fill(0x5a, 4096 * 3, 4096 * 6)
  writeFileSync(path, bytes)
  const before = readFileSync(file)
  const done = await runCommand(env, folder, 'backup', file)
  expect(done).toMatchObject({ status: 1, err: expect.stringContaining('backup_unusable') })
  expect(readFileSync(file).equals(before)).toBe(true)
  expect(readdirSync(folder).filter(name => name.startsWith('.latchstring'))).toEqual([])
})

it('with DATABASE_URL both say what to use instead, and end with 2', async () => {
  const env = { ...server.environment, DATABASE_URL: 'postgres://db.acme.test/latchstring' }
  for (const command of ['backup', 'restore'])
    expect(await runCommand(env, folder, command, 'x')).toMatchObject({
      status: 2,
      out: '',
      err: expect.stringContaining('pg_dump'),
    })
})
