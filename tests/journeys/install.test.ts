import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'

/** A person without a clone gets `latch` from the server. */
let server: TestServer
let folder: string
beforeAll(async () => {
  server = await startTestServer()
  folder = mkdtempSync(join(tmpdir(), 'latchstring-install-'))
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const tools = [dirname(process.execPath), '/usr/bin', '/bin'].join(':')

function run(file: string, args: string[], home: string, path = tools, more: Record<string, string> = {}) {
  mkdirSync(home, { recursive: true })
  return new Promise<{ code: number; stdout: string; stderr: string }>(resolve =>
    execFile(file, args, { env: { PATH: path, HOME: home, ...more }, cwd: home }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    ),
  )
}
const pipe = (home: string, path?: string, more?: Record<string, string>) =>
  run('sh', ['-c', `curl -fsSL ${server.url}/install/install.sh | sh`], home, path, more)

it('one line installs the latch that this server serves, and says what comes next', async () => {
  const home = join(folder, "a home with 'quotes'")
  const { code, stderr } = await pipe(home, tools, {
    NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt',
  })
  expect([code, stderr]).toEqual([0, expect.stringContaining(`latch login ${server.url}`)])
  const latch = join(home, '.local/bin/latch')
  expect(statSync(latch).mode & 0o077).toBe(0)
  const status = await run(latch, ['status'], home)
  expect([status.code, status.stderr]).toEqual([4, expect.stringContaining('not signed in')])
  const again = await pipe(home)
  expect(again.code).toBe(0)
})

it('what is not the expected file is not installed', async () => {
  const home = join(folder, 'mixed')
  const fake = join(folder, 'fake')
  mkdirSync(fake)
  const script = await (await fetch(`${server.url}/install/install.sh`)).text()
  writeFileSync(join(fake, 'curl'), '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho other > "$2"\n')
  chmodSync(join(fake, 'curl'), 0o755)
  const { code, stderr } = await run('sh', ['-c', script], home, `${fake}:${tools}`)
  expect([code, stderr]).toEqual([1, expect.stringMatching(/Nothing was installed[\s\S]*expected SHA-256/)])
  expect(() => statSync(join(home, '.local/bin/latch'))).toThrow()
  expect(() => statSync(join(home, '.local/share/latch/latch.cjs'))).toThrow()
})

it('half a script does nothing', async () => {
  const home = join(folder, 'half')
  const script = await (await fetch(`${server.url}/install/install.sh`)).text()
  await run('sh', ['-c', script.slice(0, script.lastIndexOf('install_latch'))], home)
  expect(() => statSync(join(home, '.local'))).toThrow()
})

it('page, sum and file are of one build, may be cached, and need no sign-in', async () => {
  const get = (path: string, headers = {}) => fetch(`${server.url}/install${path}`, { headers })
  const file = Buffer.from(await (await get('/latch.cjs')).arrayBuffer())
  const sum = createHash('sha256').update(file).digest('hex')
  expect(await (await get('/latch.cjs.sha256')).text()).toBe(`${sum}  latch.cjs\n`)
  const page = await get('')
  expect(await page.text()).toContain(sum)
  expect([page.headers.get('cache-control'), page.headers.get('x-content-type-options')]).toEqual([
    'public, max-age=300',
    'nosniff',
  ])
  const unchanged = await get('/latch.cjs', {
    'if-none-match': (await get('/latch.cjs')).headers.get('etag') ?? '',
  })
  expect(unchanged.status).toBe(304)
  for (const path of ['/', '/latch.cjs.map', '/../package.json', '/constructor'])
    expect([path, (await get(path)).status]).toEqual([path, 404])
  expect((await fetch(`${server.url}/install/latch.cjs`, { method: 'POST' })).status).toBe(405)
})
