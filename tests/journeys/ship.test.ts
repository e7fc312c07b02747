import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filesBelow } from '../../tools/repository.ts'
import { shipPackages, shipServer } from '../../tools/ship.ts'
import { BrowserClient } from '../support/browser-client.ts'
import { freePort } from '../support/running-server.ts'

/**
 * What the Dockerfile and the systemd unit start, without either: the same folder, as nobody, on a read-only root, with
 * 1 GB. And the packages, installed into an empty folder.
 */
let folder: string
let app: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchstring-ship-'))
  app = join(folder, 'app')
  await shipServer(app)
}, 180_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const path = `${dirname(process.execPath)}:/usr/bin:/bin`
const nobody = 65534

async function firstLine(child: ChildProcess): Promise<string> {
  let said = ''
  return await new Promise((resolve, reject) => {
    child.stdout?.on('data', chunk => {
      said += chunk
      if (said.includes('\n')) resolve(said.trim())
    })
    child.stderr?.on('data', chunk => (said += chunk))
    child.once('close', () => reject(new Error(said)))
  })
}

const ended = (child: ChildProcess) => new Promise<number | null>(resolve => child.once('close', resolve))

/** Signs the owner in, loads pages, calls a model so many times. */
async function use(url: string, link: string, key: string, calls: number) {
  const owner = new BrowserClient(url)
  await owner.signIn(link)
  const page = await fetch(`${url}/keys`)
  const asset = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1]
  const script = await fetch(`${url}${asset}`)
  expect([page.status, script.status, script.headers.get('content-type')]).toEqual([
    200,
    200,
    'text/javascript; charset=utf-8',
  ])
  expect((await fetch(`${url}/install/latch.cjs`)).status).toBe(200)
  for (let i = 0; i < calls; i += 10) {
    const statuses = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const reply = await fetch(`${url}/v1/messages`, {
          method: 'POST',
          headers: { 'x-api-key': key, 'content-type': 'application/json' },
          body: JSON.stringify({
            model: 'sandbox',
            max_tokens: 50,
            messages: [{ role: 'user', content: 'hi' }],
          }),
        })
        await reply.text()
        return reply.status
      }),
    )
    expect(new Set(statuses)).toEqual(new Set([200]))
  }
}

describe('the folder of the image', () => {
  it('holds the server, its locked dependencies and nothing that is only for building or testing', () => {
    const files = execFileSync('find', [app, '-type', 'f'], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(file => relative(app, file))
    const ours = files.filter(file => !/(^|\/)node_modules\//.test(file))
    expect(
      ours.filter(file => /\.test\.|\/testing\/|\/src\/|\.map$|\.env|\.key$|\.sqlite/.test(file)),
    ).toEqual([])
    expect(ours.filter(file => !file.startsWith('packages/')).sort()).toEqual([
      'LICENSE',
      'bin/latchstring',
      'package.json',
    ])
    for (const name of ['typescript', 'vite', 'vitest', 'esbuild', 'react', 'playwright-core', '@biomejs'])
      expect([name, existsSync(join(app, 'node_modules', name))]).toEqual([name, false])
    expect(files.some(file => file.endsWith('.node'))).toBe(false)
    const kilobytes = Number(execFileSync('du', ['-sk', app], { encoding: 'utf8' }).split('\t')[0])
    expect(kilobytes).toBeLessThan(64 * 1024)
  })

  it.skipIf(process.getuid?.() !== 0)('serves as nobody, on a read-only root, within 1 GB', async () => {
    const home = join(folder, 'var')
    for (const part of ['', 'data', 'key']) {
      mkdirSync(join(home, part), { mode: 0o700 })
      chownSync(join(home, part), nobody, nobody)
    }
    const port = await freePort()
    const env = {
      PATH: '/usr/bin:/bin',
      NODE_ENV: 'production',
      LATCHSTRING_NODE: '/srv/node',
      LATCHSTRING_DATA: '/srv/var/data',
      LATCHSTRING_KEY_FILE: '/srv/var/key/master.key',
      LATCHSTRING_PORT: String(port),
    }
    const group = memoryGroup(1024 ** 3)
    // What Docker's read_only and systemd's ProtectSystem=strict do: everything read-only but the folder of the data.
    const script = `set -e
      mount --make-rprivate /
      mount -t tmpfs -o mode=755 tmpfs /srv
      mkdir /srv/app /srv/var
      touch /srv/node
      mount --bind "$1" /srv/app && mount -o remount,ro,bind /srv/app
      mount --bind "$2" /srv/var
      mount --bind "$3" /srv/node
      mount -o remount,ro /srv
      mount -o remount,ro,bind /
      if [ -n "$4" ]; then echo $$ > "$4/cgroup.procs"; fi
      shift 4
      exec setpriv --reuid=${nobody} --regid=${nobody} --clear-groups --no-new-privs --bounding-set=-all "$@"`
    const inside = ['-m', 'sh', '-c', script, 'sh', app, home, process.execPath, group?.folder ?? '']
    const start = (...args: string[]) =>
      spawn('unshare', [...inside, '/srv/app/bin/latchstring', ...args], {
        env,
        cwd: '/',
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    let server: ChildProcess | undefined
    const url = `http://localhost:${port}`
    try {
      const made = JSON.parse(
        await firstLine(start('init', '--organization', 'Acme', '--owner', 'ada@acme.test', '--json')),
      )
      server = start('serve')
      const status = () => readFileSync(`/proc/${server?.pid}/status`, 'utf8')
      expect(await firstLine(server)).toBe(`Latchstring serves at ${url}`)
      expect(/^Uid:\s+(\d+)/m.exec(status())?.[1]).toBe(String(nobody))
      expect(/^CapEff:\s+(\w+)/m.exec(status())?.[1]).toBe('0000000000000000')
      await use(url, made.sign_in_link, made.admin_api_key, 500)
      const health = start('health')
      expect(await firstLine(health)).toBe('ready')
      const megabytes = Number(/^VmHWM:\s+(\d+)/m.exec(status())?.[1]) / 1024
      process.stdout.write(`ship: highest memory after 500 calls ${Math.round(megabytes)} MB\n`)
      expect(megabytes).toBeLessThan(512)
    } finally {
      if (server !== undefined) {
        const stopped = ended(server)
        server.kill('SIGTERM')
        expect(await stopped).toBe(0)
      }
      group?.remove()
    }
  })
})

/** A limit of the kernel's, where this machine lets us set one. */
function memoryGroup(bytes: number): { folder: string; remove(): void } | undefined {
  const group = `/sys/fs/cgroup/memory/latchstring-${process.pid}`
  try {
    mkdirSync(group)
    writeFileSync(`${group}/memory.limit_in_bytes`, String(bytes))
    return { folder: group, remove: () => spawnSync('rmdir', [group]) }
  } catch {
    return undefined
  }
}

it('the packages, installed into an empty folder, give latchstring and latch by npx', async () => {
  const [packed, place] = [join(folder, 'packed'), join(folder, 'place')]
  const tarballs = await shipPackages(packed)
  expect(tarballs).toHaveLength(7)
  mkdirSync(place)
  writeFileSync(join(place, 'package.json'), '{"private":true}\n')
  const npm = (file: string, ...args: string[]) =>
    execFileSync(file, args, { cwd: place, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const quiet = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  npm('npm', 'install', ...quiet, ...tarballs.map(file => join(packed, file)))
  expect(npm('npx', '--no-install', 'latch', '--version')).toContain('0.1.0')
  const port = await freePort()
  const env = {
    PATH: `${join(place, 'node_modules/.bin')}:${path}`,
    LATCHSTRING_DATA: join(place, 'data'),
    LATCHSTRING_PORT: String(port),
  }
  const made = JSON.parse(
    execFileSync('latchstring', ['init', '--organization', 'Acme', '--owner', 'ada@acme.test', '--json'], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )
  const server = spawn('latchstring', ['serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  try {
    await firstLine(server)
    await use(`http://localhost:${port}`, made.sign_in_link, made.admin_api_key, 10)
    expect(filesBelow(join(place, 'data')).length).toBeGreaterThan(0)
  } finally {
    const stopped = ended(server)
    server.kill('SIGTERM')
    expect(await stopped).toBe(0)
  }
})
