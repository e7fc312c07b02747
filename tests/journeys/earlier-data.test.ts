import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { readConfig } from '@latchstring/server/config'
import { diagnose } from '@latchstring/server/doctor/checks'
import { thisHost } from '@latchstring/server/doctor/surroundings'
import { startServer } from '@latchstring/server/start-server'
import { withConsole } from '@latchstring/server/with-console'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { freePort } from '../support/running-server.ts'

/** Data folders that earlier builds left (tools/make-data-fixture.ts): this build opens each and goes on. */
const fixtures = join(import.meta.dirname, '../fixtures')
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchstring-earlier-'))
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

it.each(readdirSync(fixtures).filter(name => name.startsWith('data-')))(
  '%s opens and goes on',
  async name => {
    const from = (file: string) => join(fixtures, name, file)
    const made = JSON.parse(readFileSync(from('made.json'), 'utf8')) as Record<string, string> & {
      made_at: number
    }
    mkdirSync(join(folder, 'data'), { mode: 0o700 })
    for (const file of ['latchstring.sqlite', 'usage.sqlite'])
      writeFileSync(join(folder, 'data', file), gunzipSync(readFileSync(from(`${file}.gz`))), { mode: 0o600 })
    writeFileSync(join(folder, 'data.key'), readFileSync(from('data.key')), { mode: 0o600 })
    // The day after: sign-ins of that time have not ended.
    vi.useFakeTimers({ toFake: ['Date'], now: made.made_at + 24 * 3600 * 1000 })
    const port = String(await freePort())
    const env = {
      LATCHSTRING_DATA: join(folder, 'data'),
      LATCHSTRING_URL: made['url'],
      LATCHSTRING_PORT: port,
    }
    const config = readConfig(env, folder)
    const server = await startServer(config)
    const send = (path: string, init: RequestInit) => fetch(`http://localhost:${port}${path}`, init)
    try {
      const refreshed = await send('/oauth/token', {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: made['refresh_token'] ?? '',
        }),
      })
      const { access_token } = (await refreshed.json()) as { access_token: string }
      expect(refreshed.status).toBe(200)
      const models = await send('/v1/models', { headers: { authorization: `Bearer ${access_token}` } })
      expect(models.status).not.toBe(401)

      const link = await withConsole(config, console => console.makeSignInLink('owner@acme.test'))
      const signedIn = await send('/v1/sign_in/links/spend', {
        method: 'POST',
        headers: { origin: made['url'] ?? '', 'content-type': 'application/json' },
        body: JSON.stringify({ token: new URL(link).hash.replace('#token=', '') }),
      })
      expect(signedIn.status).toBe(200)
      const cookie = signedIn.headers
        .getSetCookie()
        .map(one => one.split(';')[0])
        .join('; ')
      const read = async (path: string) => {
        const { data } = (await (await send(path, { headers: { cookie } })).json()) as {
          data: { name?: string }[]
        }
        return data
      }
      const names = async (path: string) => (await read(path)).map(one => one.name)
      expect(await names('/v1/organizations/providers')).toEqual(['Sandbox', 'Of the fixture'])
      expect(await names('/v1/organizations/api_keys')).toContain('Of the fixture')
      expect(await read('/v1/organizations/usage/calls')).toHaveLength(3)
    } finally {
      await server.stop()
    }
    const { checks } = await diagnose({
      env,
      folder,
      around: { ...thisHost, now: Date.now, addressesOf: async () => ['160.79.104.10'] },
    })
    expect(checks.filter(({ status }) => status === 'wrong')).toEqual([])
  },
)
