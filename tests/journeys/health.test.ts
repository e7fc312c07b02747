import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'

/** What a balancer and a supervisor see. */
let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.stop())

const data = (name: string) => join(server.environment['LATCHSTRING_DATA'] ?? '', name)
const ask = async (path: string) => {
  const response = await fetch(`${server.url}${path}`)
  return [response.status, await response.json()]
}
const ready = [200, { status: 'ready', database: true, journal: true }]

it('is ready while database and journal answer', async () => {
  expect(await ask('/readyz')).toEqual(ready)
  expect(await ask('/healthz')).toEqual([200, { status: 'ok' }])
})

it.each([
  ['latchstring.sqlite', { database: false, journal: true }],
  ['usage.sqlite', { database: true, journal: false }],
])('without %s it is alive and not ready, and ready again when that is back', async (name, parts) => {
  const file = new DatabaseSync(data(name))
  file.exec('pragma wal_checkpoint(truncate)')
  file.close()
  const unavailable = [503, { status: 'storage unavailable', ...parts }]
  const bytes = readFileSync(data(name))
  writeFileSync(data(name), Buffer.alloc(bytes.length, 0x5a))
  expect(await ask('/readyz')).toEqual(unavailable)
  expect(await ask('/healthz')).toEqual([200, { status: 'ok' }])
  writeFileSync(data(name), bytes)
  expect(await ask('/readyz')).toEqual(ready)
  renameSync(data(name), data(`${name}.away`))
  expect(await ask('/readyz')).toEqual(unavailable)
  renameSync(data(`${name}.away`), data(name))
  expect(await ask('/readyz')).toEqual(ready)
})
