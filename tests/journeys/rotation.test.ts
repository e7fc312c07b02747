import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite } from '@latchstring/console/base/database'
import { tryMasterKey } from '@latchstring/console/sealed-columns'
import { findMasterKey } from '@latchstring/kit/master-key'
import { readConfig } from '@latchstring/server/config'
import { rotationSteps } from '@latchstring/server/rotate-master-key'
import { startServer } from '@latchstring/server/start-server'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { runCommand } from '../support/run-command.ts'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'
import { signInAgent } from '../support/sign-in-agent.ts'
import type { StockAgent } from '../support/stock-agent.ts'

/** An operator changes the keys that everything rests on, and nobody is signed out. */
let server: TestServer
let agent: StockAgent
/** A data folder with its key, whose server is stopped. */
let pristine: string
let folder: string

beforeAll(async () => {
  const made = await startTestServer()
  pristine = mkdtempSync(join(tmpdir(), 'latchstring-rotation-'))
  await made.owner.ask('POST', '/v1/organizations/providers', {
    kind: 'anthropic',
    name: 'Console',
    base_url: 'http://127.0.0.1:9',
    secret: 'sk-ant-api03-x',
  })
  agent = await signInAgent(made)
  await runCommand(made.environment, pristine, 'backup', join(pristine, 'saved'))
  cpSync(`${made.environment['LATCHSTRING_DATA']}.key`, join(pristine, 'data.key'))
  await runCommand({ LATCHSTRING_DATA: join(pristine, 'data') }, pristine, 'restore', join(pristine, 'saved'))
  await made.stop()
  environment = made.environment
  server = await startTestServer()
})
let environment: Record<string, string>
afterAll(async () => {
  await server?.stop()
  rmSync(pristine, { recursive: true, force: true })
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchstring-rotation-'))
  cpSync(pristine, folder, { recursive: true })
  chmodSync(join(folder, 'data'), 0o700)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const env = () => ({ ...environment, LATCHSTRING_DATA: join(folder, 'data') })
const keyFile = () => join(folder, 'data.key')
const opensAll = async (path: string) => {
  const key = existsSync(path) ? findMasterKey(path) : undefined
  if (key === undefined) return false
  const database = openSqlite(join(folder, 'data', 'latchstring.sqlite'))
  const { opened, shut } = await tryMasterKey(database, key)
  await database.close()
  return opened > 0 && shut.length === 0
}
/** A server on the folder: the agent that was signed in before renews and goes on. */
const mustServe = async () => {
  const { tokens } = agent
  const again = await startServer(readConfig(env(), folder))
  try {
    const { status, body } = await agent.refresh()
    expect([status, body['error']]).toEqual([200, undefined])
  } finally {
    // The next folder is another copy, in which these tokens were not used yet.
    agent.tokens = tokens
    await again.stop()
  }
}

it('the master key changes: the new one opens everything, the old one nothing, and the server goes on', async () => {
  const before = readFileSync(keyFile(), 'utf8')
  const done = await runCommand(env(), folder, 'rotate', 'master-key', '--json')
  expect(done).toMatchObject({ status: 0, err: expect.stringContaining('Save it') })
  const { key_file, old_key_file } = JSON.parse(done.out) as Record<string, string>
  expect([key_file, readFileSync(old_key_file ?? '', 'utf8')]).toEqual([keyFile(), before])
  expect(readFileSync(keyFile(), 'utf8')).not.toBe(before)
  expect([statSync(keyFile()).mode & 0o777, existsSync(`${keyFile()}.new`)]).toEqual([0o600, false])
  expect([await opensAll(keyFile()), await opensAll(old_key_file ?? '')]).toEqual([true, false])
  await mustServe()
})

it.each(rotationSteps)(
  'killed when it has come to: %s; one key opens everything, and a second run ends it',
  async step => {
    const killed = spawnSync(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        '--conditions=@latchstring/source',
        join(import.meta.dirname, '../support/rotate-and-die.ts'),
        step,
      ],
      { env: { PATH: process.env['PATH'], ...env() }, cwd: folder, encoding: 'utf8' },
    )
    expect([killed.signal, killed.stderr]).toEqual(['SIGKILL', ''])
    const opening = [await opensAll(keyFile()), await opensAll(`${keyFile()}.new`)]
    expect(opening.filter(opens => opens)).toHaveLength(1)
    const started = await runCommand(env(), folder, 'sign-in-link', 'owner@acme.test')
    expect(started).toMatchObject(
      opening[0]
        ? { status: 0 }
        : { status: 1, err: expect.stringMatching(/rotate master-key.*master_key_wrong/) },
    )
    const again = await runCommand(env(), folder, 'rotate', 'master-key')
    expect([again.status, again.out]).toEqual([0, keyFile()])
    expect([await opensAll(keyFile()), existsSync(`${keyFile()}.new`)]).toEqual([true, false])
    await mustServe()
  },
)

it('the master key is not changed under a running server, nor without the key that opens the data', async () => {
  expect(await runCommand(server.environment, folder, 'rotate', 'master-key')).toMatchObject({
    status: 1,
    err: expect.stringContaining('data_in_use'),
  })
  expect(readdirSync(server.folder).filter(name => name.includes('.key'))).toEqual(['data.key'])
  rmSync(keyFile())
  expect(await runCommand(env(), folder, 'rotate', 'master-key')).toMatchObject({
    status: 1,
    err: expect.stringContaining('master_key_missing'),
  })
  await runCommand(
    { LATCHSTRING_DATA: join(folder, 'other') },
    folder,
    'init',
    '--organization',
    'O',
    '--owner',
    'o@o.test',
  )
  cpSync(join(folder, 'other.key'), keyFile())
  expect(await runCommand(env(), folder, 'rotate', 'master-key')).toMatchObject({
    status: 1,
    err: expect.stringContaining('master_key_wrong'),
  })
  expect(existsSync(`${keyFile()}.new`)).toBe(false)
})

it('a running server publishes a new signing key within seconds; tokens of the one before stay good', async () => {
  const kids = async () => {
    const { keys } = (await (await fetch(`${server.url}/oauth/jwks`)).json()) as { keys: { kid: string }[] }
    return keys.map(key => key.kid)
  }
  const now = await signInAgent(server)
  const before = await kids()
  const { status, out } = await runCommand(server.environment, folder, 'rotate', 'signing-key', '--json')
  const { kid, signs_at } = JSON.parse(out) as { kid: string; signs_at: string }
  expect([status, Date.parse(signs_at) > Date.now()]).toEqual([0, true])
  await vi.waitFor(async () => expect(await kids()).toEqual([...before, kid]), {
    timeout: 20_000,
    interval: 200,
  })
  expect((await now.message()).status).toBe(200)
  expect((await now.refresh()).status).toBe(200)
  const { data } = await server.owner.ask<{ data: { event: string }[] }>(
    'GET',
    '/v1/organizations/audit_lines',
  )
  expect(data.map(line => line.event)).toContain('oauth.signing_key_added')
})

it('says what it takes', async () => {
  for (const args of [[], ['keys'], ['signing-key', 'master-key']])
    expect(await runCommand(env(), folder, 'rotate', ...args)).toMatchObject({
      status: 1,
      err: expect.stringContaining('Give'),
    })
})
