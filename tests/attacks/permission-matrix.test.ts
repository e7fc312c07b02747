import { endpoints } from '@latchstring/protocol/api'
import type { Endpoint } from '@latchstring/protocol/api/endpoint'
import type { Permission } from '@latchstring/protocol/codes/permissions'
import { permissions } from '@latchstring/protocol/codes/permissions'
import type { Role } from '@latchstring/protocol/codes/roles'
import { roles } from '@latchstring/protocol/codes/roles'
import { permissionsOf } from '@latchstring/protocol/decide/authorize'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BrowserClient } from '../support/browser-client.ts'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'

/**
 * G5, W2: every line of the endpoint table × every role × ids that are not there. A refusal counts only because the same
 * call with own ids and an allowed role succeeds in the same test.
 */
let server: TestServer
const browsers = {} as Record<Role, BrowserClient>
const own = {} as Record<Role, Own>

type Own = { user: string; key: string; session: string }

const isPermission = (access: string): access is Permission =>
  (permissions as readonly string[]).includes(access)

beforeAll(async () => {
  server = await startTestServer()
  browsers.owner = server.owner
  for (const role of roles) {
    if (role === 'owner') continue
    await server.owner.ask('POST', '/v1/organizations/users', { email: `${role}@acme.test`, role })
    browsers[role] = await server.browserOf(`${role}@acme.test`)
  }
  for (const role of roles) own[role] = await ownThings(role)
})
afterAll(() => server?.stop())

async function ownThings(role: Role): Promise<Own> {
  const current = await browsers[role].ask<{ user: { id: string }; session: { id: string } }>(
    'GET',
    '/v1/organizations/sessions/current',
  )
  const may = permissionsOf(role, { kind: 'web' }).includes('keys:create_coding_agent')
  const key = may
    ? await browsers[role].ask<{ id: string }>('POST', '/v1/organizations/api_keys', { name: 'Own' })
    : { id: 'apikey_none' }
  return { user: current.user.id, key: key.id, session: current.session.id }
}

/** A call that would do no harm if it were let through: it only reads, or names what is not there. */
function call(line: Endpoint, ids: Own): { path: string; body: unknown } {
  const path = line.path
    .replace('{user_id}', ids.user)
    .replace('{api_key_id}', ids.key)
    .replace('{session_id}', ids.session)
    .replace(/\{[^}]+\}/g, 'not-there')
  return { path, body: line.body === undefined ? undefined : {} }
}

describe('G5 every endpoint refuses every role that lacks its permission', () => {
  for (const line of endpoints.filter(one => isPermission(one.access))) {
    const permission = line.access as Permission
    it(`${line.method} ${line.path} needs ${permission}`, async () => {
      for (const role of roles) {
        const allowed = permissionsOf(role, { kind: 'web' }).includes(permission)
        if (allowed && line.method === 'DELETE') continue
        const { path, body } = call(line, own[role])
        const answer = await browsers[role].send(line.method, path, body)
        if (allowed) expect([role, answer.status]).not.toEqual([role, 403])
        else expect([role, answer.status]).toEqual([role, 403])
      }
      const { path } = call(line, own.owner)
      if (line.method === 'GET')
        expect((await browsers.owner.send('GET', path)).status).toBe(line.path.includes('{uid}') ? 410 : 200)
    })
  }
})

describe('G5 nobody without a session or key gets in', () => {
  for (const line of endpoints.filter(one => one.access !== 'public')) {
    it(`${line.method} ${line.path}`, async () => {
      const { path, body } = call(line, own.owner)
      const headers = { ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
      const init = { method: line.method, headers, body: body === undefined ? null : '{}' }
      expect((await fetch(server.url + path, init)).status).toBe(401)
      const wrong = await fetch(server.url + path, { ...init, headers: { ...headers, 'x-api-key': 'wrong' } })
      expect([wrong.status, wrong.headers.get('x-should-retry')]).toEqual([401, 'false'])
    })
  }
})

describe('G5 what belongs to others cannot be told from what is not there', () => {
  it('a developer meets 404 on the owner’s key and session, as on a made-up one', async () => {
    for (const id of [own.owner.key, 'apikey_made-up']) {
      const read = await browsers.developer.send('GET', `/v1/organizations/api_keys/${id}`)
      const written = await browsers.developer.send('POST', `/v1/organizations/api_keys/${id}`, {
        status: 'archived',
      })
      expect([read.status, written.status, (read.body as { error: { code: string } }).error.code]).toEqual([
        404,
        404,
        'not_found',
      ])
    }
    for (const id of [own.owner.session, 'session_made-up']) {
      expect((await browsers.developer.send('DELETE', `/v1/organizations/sessions/${id}`)).status).toBe(404)
    }
    expect(
      (await browsers.developer.send('GET', `/v1/organizations/api_keys/${own.developer.key}`)).status,
    ).toBe(200)
    expect((await server.owner.send('GET', `/v1/organizations/api_keys/${own.developer.key}`)).status).toBe(
      200,
    )
  })

  it('an admin touches nothing of an owner’s, though they see it; of a developer’s they may', async () => {
    const key = `/v1/organizations/api_keys/${own.owner.key}`
    expect((await browsers.admin.send('GET', key)).status).toBe(200)
    expect((await browsers.admin.send('POST', key, { status: 'inactive' })).status).toBe(403)
    expect(
      (await browsers.admin.send('DELETE', `/v1/organizations/sessions/${own.owner.session}`)).status,
    ).toBe(403)
    const theirs = `/v1/organizations/api_keys/${own.developer.key}`
    expect((await browsers.admin.send('POST', theirs, { status: 'inactive' })).status).toBe(200)
    expect((await browsers.developer.send('POST', theirs, { status: 'active' })).status).toBe(403)
    expect((await browsers.admin.send('POST', theirs, { status: 'active' })).status).toBe(200)
    for (const status of ['inactive', 'active'])
      expect((await browsers.developer.send('POST', theirs, { status })).status).toBe(200)
  })

  it('lists show a developer their own keys and sessions only', async () => {
    const keys = await browsers.developer.ask<{ data: { created_by: { id: string } }[] }>(
      'GET',
      '/v1/organizations/api_keys',
    )
    expect(new Set(keys.data.map(key => key.created_by.id))).toEqual(new Set([own.developer.user]))
    const sessions = await browsers.developer.ask<{ data: { user: { id: string } }[] }>(
      'GET',
      '/v1/organizations/sessions',
    )
    expect(new Set(sessions.data.map(session => session.user.id))).toEqual(new Set([own.developer.user]))
    const all = await server.owner.ask<{ data: unknown[] }>('GET', '/v1/organizations/api_keys?limit=100')
    expect(all.data.length).toBeGreaterThan(keys.data.length)
  })
})

describe('W2 another site cannot act with a signed-in browser', () => {
  for (const line of endpoints.filter(one => one.method !== 'GET')) {
    it(`${line.method} ${line.path} refuses a foreign Origin`, async () => {
      const { path, body } = call(line, own.owner)
      const answer = await fetch(server.url + path, {
        method: line.method,
        headers: {
          origin: 'http://evil.test',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? null : '{}',
      })
      expect(answer.status).toBe(403)
    })
  }
})
