import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@latchstring/server/config'
import { startServer } from '@latchstring/server/start-server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BrowserClient } from '../support/browser-client.ts'
import type { TestServer } from '../support/running-server.ts'
import { freePort, startTestServer } from '../support/running-server.ts'

/** What somebody with a shell on the host does, and what goes wrong for them. */
let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.stop())

const program = join(import.meta.dirname, '../../bin/latchstring')
const run = (...args: string[]) =>
  spawnSync(program, args, {
    env: { PATH: process.env['PATH'], HOME: server.folder, ...server.environment },
    encoding: 'utf8',
    timeout: 30_000,
  })

it('a second server on the same data folder is refused and says what to do', async () => {
  const config = readConfig(
    { ...server.environment, LATCHSTRING_PORT: String(await freePort()) },
    server.folder,
  )
  await expect(startServer(config)).rejects.toMatchObject({ code: 'data_in_use' })
  const { status, stderr } = run('serve')
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/another server.*LATCHSTRING_DATA.*data_in_use/i),
  ])
})

it('a taken port is refused, says what to do, and leaves the data folder free', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-port-'))
  const port = await freePort()
  const other = createServer()
  await new Promise<void>(resolve => other.listen(port, '127.0.0.1', resolve))
  const config = readConfig(
    { LATCHSTRING_DATA: join(folder, 'data'), LATCHSTRING_PORT: String(port) },
    folder,
  )
  await expect(startServer(config)).rejects.toMatchObject({ code: 'port_taken' })
  await new Promise(resolve => other.close(resolve))
  const second = await startServer(config)
  await second.stop()
  rmSync(folder, { recursive: true, force: true })
})

it('a sign-in link made on the host works once, beside the running server', async () => {
  const { stdout, status } = run('sign-in-link', 'owner@acme.test')
  expect(status).toBe(0)
  const browser = new BrowserClient(server.url)
  await browser.signIn(stdout.trim())
  await expect(new BrowserClient(server.url).signIn(stdout.trim())).rejects.toThrow(/410/)
  expect(run('sign-in-link', 'nobody@acme.test')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('not_set_up'),
  })
})

it('init on a server that is set up changes nothing', () => {
  const again = run('init', '--organization', 'Other', '--owner', 'eve@evil.test', '--json')
  expect([again.status, again.stdout, again.stderr]).toEqual([1, '', expect.stringContaining('setup_done')])
})

it('misused commands say what they take', () => {
  expect(run('serv')).toMatchObject({ status: 2, stderr: expect.stringContaining('serve') })
  expect(run('init')).toMatchObject({ status: 1, stderr: expect.stringContaining('--organization') })
  expect(run('init', '--organization', 'A', '--owner', 'not an address')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('--owner'),
  })
  expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('sign-in-link') })
})

it('data folder, database and key file are for their owner only', () => {
  const { LATCHSTRING_DATA: data = '' } = server.environment
  expect(statSync(data).mode & 0o077).toBe(0)
  expect(statSync(`${data}.key`).mode & 0o077).toBe(0)
  expect(readdirSync(data)).toContain('latchstring.sqlite')
})

it('databases are for their owner only, also in a folder that others may enter', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-open-'))
  chmodSync(folder, 0o755)
  const environment = { PATH: process.env['PATH'], HOME: folder, LATCHSTRING_DATA: folder }
  const key = `${folder}.key`
  const { status } = spawnSync(program, ['init', '--organization', 'Open', '--owner', 'ada@open.test'], {
    env: { ...environment, LATCHSTRING_KEY_FILE: key },
  })
  const files = readdirSync(folder).filter(name => name.includes('sqlite'))
  expect([status, files.length > 0]).toEqual([0, true])
  for (const name of files) expect([name, statSync(join(folder, name)).mode & 0o077]).toEqual([name, 0])
  for (const path of [folder, key]) rmSync(path, { recursive: true, force: true })
})

it('no secret that travelled lies in the data folder', async () => {
  const { LATCHSTRING_DATA: data = '' } = server.environment
  const { secret } = await server.owner.ask<{ secret: string }>('POST', '/v1/organizations/api_keys', {
    name: 'Canary',
  })
  const files = readdirSync(data, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name)))
  for (const one of [secret, server.adminKey]) expect(files.some(file => file.includes(one))).toBe(false)
  expect(files.some(file => file.includes('owner@acme.test'))).toBe(true)
})

it('a start that fails leaves the data folder free for the next one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-start-'))
  const environment = { LATCHSTRING_DATA: join(folder, 'data'), LATCHSTRING_PORT: String(await freePort()) }
  const wrong = join(folder, 'wrong.key')
  writeFileSync(wrong, 'no key', { mode: 0o600 })
  const broken = readConfig({ ...environment, LATCHSTRING_KEY_FILE: wrong }, folder)
  await expect(startServer(broken)).rejects.toMatchObject({ code: 'configuration_invalid' })
  const server = await startServer(readConfig(environment, folder))
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})
