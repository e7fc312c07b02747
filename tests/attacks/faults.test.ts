import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { BrowserClient } from '../support/browser-client.ts'
import type { PrivateDisk } from '../support/private-disk.ts'
import { fileDisk, memoryDisk, whyNoDisk, whyNoLoopDisk } from '../support/private-disk.ts'
import { ServerProcess } from '../support/server-process.ts'
import { signInAgent } from '../support/sign-in-agent.ts'
import type { StockAgent } from '../support/stock-agent.ts'

/**
 * A disk that takes no more, under the real server: what callers see, and that nothing is lost that was acknowledged.
 * docs/operations.md, "When something is wrong".
 */
let disk: PrivateDisk
let server: ServerProcess
let owner: BrowserClient
let agent: StockAgent

/** What was answered with success, and must be there afterwards. */
const acknowledged = { keys: [] as string[], calls: [] as string[] }

async function open(made: Promise<PrivateDisk>) {
  disk = await made
  server = await ServerProcess.start(disk)
  owner = await server.owner()
  agent = await signInAgent({ url: server.url, owner })
  acknowledged.keys = []
  acknowledged.calls = []
}
afterEach(async () => {
  await server?.remove()
  await disk?.remove()
})

const makeKey = async () => {
  const { status, body } = await owner.send('POST', '/v1/organizations/api_keys', { name: 'Key' })
  if (status < 300) acknowledged.keys.push((body as { id: string }).id)
  return { status, code: (body as { error?: { code: string } }).error?.code }
}

/** A model call by token; a reply that came to its end is one that was delivered. */
async function call(stream: boolean) {
  const response = await agent.message('hi', 'sandbox', stream)
  const text = await response.text().catch(() => null)
  const whole = text !== null && response.status === 200
  if (whole) acknowledged.calls.push(response.headers.get('request-id') ?? '')
  return { status: response.status, whole, code: /"code":"(\w+)"/.exec(text ?? '')?.[1] }
}

/** Does it until the disk says no: what was written before may still have room in the log of the database. */
async function untilRefused<T extends { status: number }>(act: () => Promise<T>): Promise<T> {
  for (let tries = 0; tries < 2000; tries++) {
    const answer = await act()
    if (answer.status >= 300) return answer
  }
  throw new Error('the disk never refused')
}

async function allWorks() {
  expect((await makeKey()).status).toBe(201)
  for (const stream of [false, true]) expect(await call(stream)).toMatchObject({ status: 200, whole: true })
}

const unavailable = { status: 503, code: 'storage_unavailable' }

/** What changes something is refused, whoever asks; what only reads goes on until the use of its session is to be noted. */
async function allIsRefused() {
  expect(await untilRefused(makeKey)).toEqual(unavailable)
  expect(await untilRefused(() => call(false))).toEqual({ ...unavailable, whole: false })
  // A stream has begun before its row is due: it breaks off, and is no whole reply.
  expect(await call(true)).toEqual({ status: 200, whole: false, code: undefined })
  const { status, body } = await agent.refresh()
  expect([status, body['error']]).toEqual([503, 'temporarily_unavailable'])
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  expect((await owner.send('GET', '/v1/organizations/api_keys')).status).toBe(200)
}

/** Asks a database file of the server, from within its disk. */
function ask(name: string, sql: string): Record<string, unknown>[] {
  const program = `const { DatabaseSync } = require('node:sqlite')
    const file = new DatabaseSync(process.argv[1], { readOnly: true })
    console.log(JSON.stringify(file.prepare(process.argv[2]).all()))`
  const path = `${server.dataFolder}/${name}.sqlite`
  return JSON.parse(disk.run(process.execPath, '--no-warnings', '-e', program, path, sql))
}

async function nothingIsLost() {
  const { data } = await owner.ask<{ data: { id: string }[] }>('GET', '/v1/organizations/api_keys?limit=1000')
  expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining(acknowledged.keys))
  const ids = ask('usage', 'select request_id from usage_calls').map(row => row['request_id'])
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).toEqual(expect.arrayContaining(acknowledged.calls))
  for (const name of ['latchstring', 'usage'])
    expect(ask(name, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }])
}

const noDisk = whyNoDisk()
describe.skipIf(noDisk !== undefined)(
  `a full disk${noDisk === undefined ? '' : ` (skipped: ${noDisk})`}`,
  () => {
    const size = (bytes: string) => disk.run('mount', '-o', `remount,size=${bytes}`, disk.folder)
    const fill = () => size(disk.run('df', '-B1', '--output=used', disk.folder).split('\n').at(-1) ?? '')

    it('refuses what it cannot keep, loses nothing, and goes on by itself when there is room', async () => {
      await open(memoryDisk(64))
      await allWorks()
      fill()

      await allIsRefused()
      size('64m')
      await allWorks()
      // Nobody is signed out: the token that was refused a moment ago is as good as before.
      expect((await agent.refresh()).status).toBe(200)
      expect((await call(true)).whole).toBe(true)
      await nothingIsLost()
    })

    it('a start on it says what is wrong, and works when there is room', async () => {
      await open(memoryDisk(64))
      await allWorks()
      await server.stop()
      fill()
      await expect(server.serve()).rejects.toThrow(
        /^latchstring: \S+ cannot be written: .* full\. .*\(storage_unavailable\)\n$/,
      )
      size('64m')
      await server.serve()
      await allWorks()
      await nothingIsLost()
    })
  },
)

describe.skipIf(noDisk !== undefined)(
  `an unusable file${noDisk === undefined ? '' : ` (skipped: ${noDisk})`}`,
  () => {
    it.each(['latchstring', 'usage'])('%s: refused, never taken for a no, and back by itself', async name => {
      await open(memoryDisk(64))
      await allWorks()
      const path = join(server.dataFolder, `${name}.sqlite`)
      // What is in the write-ahead log would hide the damage.
      const program = `const { DatabaseSync } = require('node:sqlite')
      new DatabaseSync(process.argv[1]).exec('pragma wal_checkpoint(truncate)')`
      disk.run(process.execPath, '--no-warnings', '-e', program, path)
      disk.run('cp', path, `${path}.good`)
      disk.run(
        'sh',
        '-c',
        'dd if=/dev/urandom of="$0" conv=notrunc bs=4096 count=$(($(stat -c %s "$0") / 4096))',
        path,
      )
      expect((await fetch(`${server.url}/readyz`)).status).toBe(503)
      // Pages that the server has in memory still answer; what needs others is the server's fault and nobody's "no".
      for (let tries = 0; tries < 3; tries++) {
        expect([200, 503]).toContain((await call(false)).status)
        expect([201, 503]).toContain((await makeKey()).status)
        expect([200, 503]).toContain((await owner.send('GET', '/v1/organizations/usage/calls')).status)
      }
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
      disk.run('sh', '-c', 'dd if="$0.good" of="$0" conv=notrunc bs=4096', path)
      await allWorks()
      expect((await agent.refresh()).status).toBe(200)
      await nothingIsLost()
    })

    it('a start on it says so, and serves when it is back', async () => {
      await open(memoryDisk(64))
      await allWorks()
      await server.stop()
      for (const name of ['latchstring', 'usage']) {
        const path = join(server.dataFolder, `${name}.sqlite`)
        disk.run('cp', path, `${path}.good`)
        disk.run('dd', 'if=/dev/urandom', `of=${path}`, 'conv=notrunc', 'bs=4096', 'count=2')
        await expect(server.serve()).rejects.toThrow(/^latchstring: [^\n]*\(storage_unavailable\)\n$/)
        disk.run('mv', `${path}.good`, path)
      }
      await server.serve()
      await allWorks()
      await nothingIsLost()
    })
  },
)

const noLoop = whyNoLoopDisk()
describe.skipIf(noLoop !== undefined)(
  `a disk that became read-only${noLoop === undefined ? '' : ` (skipped: ${noLoop})`}`,
  () => {
    it('refuses what it cannot keep, reads on, and has everything when it is mounted again', async () => {
      await open(fileDisk(64))
      await allWorks()
      // What the kernel does with ext4 when a device fails (errors=remount-ro).
      disk.run('mount', '-o', 'remount,abort', disk.folder)
      await allIsRefused()
      await server.stop()
      await expect(server.serve()).rejects.toThrow(/^latchstring: [^\n]*\(storage_unavailable\)\n$/)
      const repair = 'umount "$0"; e2fsck -p "$0/../image"; mount -o loop "$0/../image" "$0"'
      disk.run('sh', '-c', repair, disk.folder)
      await server.serve()
      await allWorks()
      await nothingIsLost()
    })
  },
)
