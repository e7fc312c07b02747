import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Surroundings } from '@latchstring/server/doctor/check'
import type { Diagnosis } from '@latchstring/server/doctor/checks'
import { diagnose } from '@latchstring/server/doctor/checks'
import { thisHost } from '@latchstring/server/doctor/surroundings'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { runCommand } from '../support/run-command.ts'
import type { TestServer } from '../support/running-server.ts'
import { freePort, startTestServer } from '../support/running-server.ts'

/** Each fault that an operator can meet is put in, alone, and must be named with what to do. */
let pristine: string
let running: TestServer
let folder: string
let env: Record<string, string>

beforeAll(async () => {
  const made = await startTestServer()
  await made.owner.ask('POST', '/v1/organizations/providers', {
    kind: 'anthropic',
    name: 'Console',
    base_url: 'https://api.anthropic.com',
    secret: 'sk-ant-api03-x',
  })
  pristine = mkdtempSync(join(tmpdir(), 'latchstring-doctor-'))
  await made.restart()
  const { LATCHSTRING_DATA: data = '' } = made.environment
  await runCommand(made.environment, pristine, 'backup', join(pristine, 'saved'))
  cpSync(`${data}.key`, join(pristine, 'data.key'))
  await runCommand({ LATCHSTRING_DATA: join(pristine, 'data') }, pristine, 'restore', join(pristine, 'saved'))
  await made.stop()
  running = await startTestServer()
})
afterAll(async () => {
  await running?.stop()
  rmSync(pristine, { recursive: true, force: true })
})
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchstring-doctor-'))
  cpSync(pristine, folder, { recursive: true })
  chmodSync(data(), 0o700)
  env = { LATCHSTRING_DATA: join(folder, 'data'), LATCHSTRING_PORT: String(await freePort()) }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const ask = (given: Partial<Surroundings> = {}, more: Record<string, string> = {}) =>
  diagnose({
    env: { ...env, ...more },
    folder,
    around: { ...thisHost, addressesOf: async () => ['160.79.104.10'], ...given },
  })
const named = ({ checks }: Diagnosis) =>
  checks.filter(({ status }) => status === 'wrong' || status === 'advice')
const data = (...names: string[]) => join(folder, 'data', ...names)
const key = () => join(folder, 'data.key')
const sql = (text: string) => {
  const file = new DatabaseSync(data('latchstring.sqlite'))
  file.exec(text)
  file.close()
}
const overwrite = (path: string, from: number, to: number) => {
  const bytes = readFileSync(path)
  bytes.fill(0x5a, from, to)
  writeFileSync(path, bytes)
}

it('finds nothing wrong with a server that stands still, nor with one that runs', async () => {
  expect(named(await ask())).toEqual([])
  const done = await runCommand(running.environment, folder, 'doctor', '--json')
  expect([done.status, named(JSON.parse(done.out) as Diagnosis)]).toEqual([0, []])
  const told = await runCommand(running.environment, folder, 'doctor')
  expect(told.out).toMatch(/^ok {4}address {8}http:\/\/localhost:\d+ answers and is this server$/m)
})

it('an empty host has nothing wrong yet but its folder', async () => {
  const found = await ask({}, { LATCHSTRING_DATA: join(folder, 'nothing') })
  expect(named(found)).toMatchObject([
    { check: 'data folder', what: expect.stringContaining('is not there') },
  ])
  expect(existsSync(join(folder, 'nothing'))).toBe(false)
})

type Fault = {
  check: string
  what: RegExp
  do?: () => unknown
  env?: Record<string, string>
  around?: Partial<Surroundings>
  status?: 'advice'
}
const faults: Record<string, Fault> = {
  'a setting that cannot be read': {
    check: 'configuration',
    what: /LATCHSTRING_LOG/,
    env: { LATCHSTRING_LOG: 'loud' },
  },
  'a data folder that is a file': {
    check: 'data folder',
    what: /is not a folder/,
    do: () => {
      renameSync(data(), join(folder, 'moved'))
      writeFileSync(data(), '')
    },
  },
  'a data folder open to others': {
    check: 'data folder',
    what: /can be read by others \(mode 755\)/,
    do: () => chmodSync(data(), 0o755),
  },
  'a full disk': { check: 'disk space', what: /12 MB free/, around: { freeBytes: () => 12 * 1024 * 1024 } },
  'a lost key file': { check: 'key file', what: /is not there/, do: () => rmSync(key()) },
  'a key file open to others': {
    check: 'key file',
    what: /can be read by others/,
    do: () => chmodSync(key(), 0o644),
  },
  'a key file that holds no key': {
    check: 'key file',
    what: /does not hold a master key/,
    do: () => writeFileSync(key(), 'none\n'),
  },
  'a key file in the data folder': {
    check: 'key file',
    what: /lies in the data folder/,
    do: () => {
      env['LATCHSTRING_KEY_FILE'] = data('the.key')
    },
  },
  'a broken-off rotation': {
    check: 'key file',
    what: /rotation was broken off/,
    do: () => cpSync(key(), `${key()}.new`),
  },
  'another master key': {
    check: 'master key',
    what: /does not open \d+ of \d+ sealed values/,
    do: () => writeFileSync(key(), `${Buffer.alloc(32, 7).toString('base64url')}\n`),
  },
  'a database that is none': {
    check: 'database',
    what: /latchstring\.sqlite.*not a database/,
    do: () => writeFileSync(data('latchstring.sqlite'), 'x'.repeat(8192)),
  },
  'a damaged page': {
    check: 'database',
    what: /latchstring\.sqlite/,
    do: () => overwrite(data('latchstring.sqlite'), 4096 * 2, 4096 * 5),
  },
  'a migration that has not run': {
    check: 'migrations',
    what: /not yet run: 2026-11-22-8-audit-chain/,
    do: () => sql("delete from kysely_migration where name >= '2026-11-22-8'"),
  },
  'data of a newer build': {
    check: 'migrations',
    what: /newer build.*2099-01-01-1-future/,
    do: () => sql("insert into kysely_migration values ('2099-01-01-1-future', '2099-01-01T00:00:00Z')"),
  },
  'a lost journal': {
    check: 'journal',
    what: /usage\.sqlite is gone/,
    do: () => rmSync(data('usage.sqlite')),
  },
  'a damaged journal': {
    check: 'journal',
    what: /usage\.sqlite/,
    do: () => overwrite(data('usage.sqlite'), 0, 8192),
  },
  'no signing key': {
    check: 'signing key',
    what: /no signing key/,
    do: () => sql('delete from signing_keys'),
  },
  'a clock that went back': {
    check: 'clock',
    what: /the newest row is of/,
    around: { now: () => Date.now() - 3_600_000 },
  },
  'a port below 1024 without the right': {
    check: 'port',
    what: /cannot be taken \(EACCES\)/,
    around: { tryPort: async () => 'EACCES' },
  },
  'another Latchstring on the port': {
    check: 'port',
    what: /another Latchstring server/,
    do: () => {
      env['LATCHSTRING_PORT'] = running.environment['LATCHSTRING_PORT'] ?? ''
    },
  },
  'a mail server that is not there': {
    check: 'mail',
    what: /127\.0\.0\.1:\d+: .*ECONNREFUSED/,
    do: async () => {
      env['LATCHSTRING_SMTP_URL'] = `smtp://ada:word@127.0.0.1:${await freePort()}`
    },
  },
  'mails that nobody read': {
    check: 'outbox',
    status: 'advice',
    what: /1 mails older than a day/,
    do: () => {
      mkdirSync(data('outbox'), { recursive: true, mode: 0o700 })
      writeFileSync(data('outbox', 'mail_1.json'), '{}')
      utimesSync(data('outbox', 'mail_1.json'), 1_700_000_000, 1_700_000_000)
    },
  },
  'a provider at a private address': {
    check: 'providers',
    what: /provider Console: api\.anthropic\.com is 10\.0\.0\.8/,
    around: { addressesOf: async () => ['10.0.0.8'] },
  },
  'a provider whose name is unknown': {
    check: 'providers',
    what: /provider Console: the name api\.anthropic\.com has no address/,
    around: { addressesOf: () => Promise.reject(new Error('ENOTFOUND')) },
  },
}

it.each(Object.entries(faults))('names %s', async (_name, { check, what, status = 'wrong', ...fault }) => {
  await fault.do?.()
  const found = await ask(fault.around, fault.env)
  expect(named(found)).toMatchObject([
    { check, status, what: expect.stringMatching(what), todo: expect.stringMatching(/^[A-Z]/) },
  ])
  expect(found.ok).toBe(status === 'advice')
  expect(JSON.stringify(found)).not.toContain('word@')
})

it.skipIf(process.getuid?.() !== 0)('names a file that belongs to another user', async () => {
  chownSync(data('usage.sqlite'), 65_534, 65_534)
  expect(named(await ask())).toMatchObject([
    { check: 'data folder', what: expect.stringMatching(/usage\.sqlite belongs to user 65534/) },
  ])
})

it('names another program on the port', async () => {
  const other = createServer((_request, response) => response.end('hello'))
  await new Promise<void>(resolve => other.listen(Number(env['LATCHSTRING_PORT']), '127.0.0.1', resolve))
  expect(named(await ask())).toMatchObject([
    { check: 'port', what: expect.stringContaining('another program') },
  ])
  other.closeAllConnections()
  other.close()
})

it('names settings that are not those of the running server, and an address that leads elsewhere', async () => {
  env = { ...running.environment }
  const { LATCHSTRING_PORT: port = '' } = env
  const elsewhere = await ask({}, { LATCHSTRING_PORT: String(await freePort()) })
  expect(named(elsewhere)).toMatchObject([{ check: 'port', what: expect.stringContaining('nobody listens') }])
  const lost = new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } })
  for (const [answer, what] of [
    [() => Promise.reject(lost), /does not answer from here: ENOTFOUND/],
    [async () => ({ status: 200, text: '{"keys":[]}' }), /not this server/],
  ] as const) {
    const found = await ask({
      ask: url => (url.endsWith('/healthz') ? thisHost.ask(url) : answer()),
    })
    expect(named(found)).toMatchObject([{ check: 'address', what: expect.stringMatching(what) }])
  }
  expect(port).not.toBe('')
})

it('changes nothing', async () => {
  const before = readFileSync(data('latchstring.sqlite'))
  await ask()
  expect(readFileSync(data('latchstring.sqlite')).equals(before)).toBe(true)
})
