import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'

/** What an operator does with the audit chain, by the program itself, beside the running server. */
let server: TestServer
let elsewhere: string
beforeAll(async () => {
  server = await startTestServer()
  elsewhere = join(server.folder, 'elsewhere.jsonl')
})
afterAll(() => server?.stop())

const program = join(import.meta.dirname, '../../bin/latchstring')
const run = (args: string[], environment: Record<string, string> = server.environment) =>
  spawnSync(program, ['audit', ...args], {
    cwd: server.folder,
    env: { PATH: process.env['PATH'], HOME: server.folder, ...environment },
    encoding: 'utf8',
    timeout: 60_000,
  })
const verify = (...args: string[]) => {
  const { status, stdout, stderr } = run(['verify', '--json', ...args])
  return { status, stderr, report: JSON.parse(stdout) }
}

it('a folder that is empty or not there verifies', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-empty-'))
  for (const data of [join(folder, 'not-there'), join(folder, 'empty')]) {
    if (data.endsWith('empty')) mkdirSync(data)
    const answer = run(['verify'], { LATCHSTRING_DATA: data })
    expect([answer.status, answer.stdout]).toEqual([0, expect.stringContaining('No audit lines yet')])
  }
  rmSync(folder, { recursive: true, force: true })
})

it('lines are sealed and signed by themselves, and verify counts them', async () => {
  const file = join(server.environment['LATCHSTRING_DATA'] ?? '', 'audit-heads.jsonl')
  await vi.waitUntil(() => existsSync(file), { timeout: 10_000 })
  await vi.waitUntil(() => verify().report.organizations[0].unsealed === 0, { timeout: 20_000 })
  const { status, report } = verify('--heads', file)
  expect(status).toBe(0)
  expect(report).toMatchObject({
    whole: true,
    organizations: [{ organization: server.organizationId, unsealed: 0, erased: 0, fault: null }],
    head_faults: [],
    foreign_keys: [],
  })
  expect(report.organizations[0].lines).toBeGreaterThan(4)
  expect(report.heads).toBeGreaterThan(1)
  expect(run(['verify']).stdout).toMatch(/\d+ lines, 0 unsealed, 0 with erased values: whole/)
})

it('the newest heads are printed, and those of the API are the same', async () => {
  const { status, stdout } = run(['heads'])
  expect(status).toBe(0)
  appendFileSync(elsewhere, stdout)
  const { jws } = JSON.parse(stdout)
  const page = await server.owner.ask<{ data: { jws: string }[] }>('GET', '/v1/organizations/audit_heads')
  expect(page.data[0]?.jws).toBe(jws)
  const key = JSON.parse(run(['key']).stdout)
  const header = JSON.parse(Buffer.from(jws.split('.')[0], 'base64url').toString())
  expect(header).toMatchObject({ kid: key.kid, jwk: { x: key.x } })
})

it('says what it takes', () => {
  for (const args of [[], ['check'], ['verify', '--nothing'], ['heads', '--heads', 'x'], ['verify', 'more']])
    expect(run(args)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('configuration_invalid'),
    })
  expect(run(['verify', '--heads', 'not-there']).stderr).toContain('cannot be read')
  expect(run(['--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('--heads') })
})

it('an altered line is named with exit code 1, a cut tail only against the head stored elsewhere', () => {
  const write = (sql: string) => {
    const file = new DatabaseSync(join(server.environment['LATCHSTRING_DATA'] ?? '', 'latchstring.sqlite'))
    file.exec(sql)
    file.close()
  }
  write("update audit_lines set event = event || 'x' where sequence = 2")
  const { status, stdout, stderr } = run(['verify'])
  expect([status, stdout, stderr]).toEqual([
    1,
    expect.stringContaining('whole up to line 1, broken after it'),
    expect.stringMatching(/BROKEN .*, sequence 2, line audit_\w+: its values do not give its chain_hash/),
  ])
  write('update audit_lines set event = substr(event, 1, length(event) - 1) where sequence = 2')
  expect(verify().status).toBe(0)

  write(`delete from audit_lines where sequence > 3;
    update audit_chains set sequence = 3, headed_sequence = 3,
      chain_hash = (select chain_hash from audit_lines where sequence = 3);
    delete from audit_heads;`)
  expect(verify().status).toBe(0)
  const held = run(['verify', '--heads', elsewhere])
  expect([held.status, held.stderr]).toEqual([
    1,
    expect.stringMatching(/HEAD NOT HELD line 1 .*ends at 3 now/),
  ])
})
