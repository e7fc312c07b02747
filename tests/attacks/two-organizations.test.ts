import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { endpoints } from '@latchstring/protocol/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BrowserClient } from '../support/browser-client.ts'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'

/**
 * G5: the owner of one organisation, who may do everything there, against another organisation on the same server. A
 * refusal counts only because the same call with own ids succeeds in the same test.
 */
type Things = { user: string; key: string; session: string; provider: string; line: string; call: string }
type List = { data: { id: string }[] }

let server: TestServer
let eve: BrowserClient
let acme: Things
let beta: Things

beforeAll(async () => {
  server = await startTestServer()
  found('beta-organization', 'user_eve', 'eve@beta.test')
  eve = await server.browserOf('eve@beta.test')
  await eve.ask('POST', '/v1/organizations/providers', { kind: 'sandbox' })
  acme = await thingsOf(server.owner)
  beta = await thingsOf(eve)
  expect([...Object.values(acme), ...Object.values(beta)]).not.toContain('')
})
afterAll(() => server?.stop())

/** This build has no way to found a second organisation, so it is written by hand. */
function found(organization: string, person: string, email: string) {
  const database = new DatabaseSync(join(server.folder, 'data', 'latchstring.sqlite'), { timeout: 5000 })
  database.prepare('insert into organizations values (?, ?, 1)').run(organization, 'Beta')
  database.prepare('insert into people values (?, ?, ?, 1)').run(person, email, 'Eve')
  database.prepare('insert into members values (?, ?, ?, 1)').run(organization, person, 'owner')
  database.close()
}

async function thingsOf(owner: BrowserClient): Promise<Things> {
  const first = async (path: string) => (await owner.ask<List>('GET', path)).data[0]?.id ?? ''
  const current = await owner.ask<{ user: { id: string }; session: { id: string } }>(
    'GET',
    '/v1/organizations/sessions/current',
  )
  const key = await owner.ask<{ id: string; secret: string }>('POST', '/v1/organizations/api_keys', {
    name: 'Own',
  })
  expect((await callModel(key.secret)).status).toBe(200)
  return {
    user: current.user.id,
    session: current.session.id,
    key: key.id,
    provider: await first('/v1/organizations/providers'),
    line: await first('/v1/organizations/audit_lines'),
    call: await first('/v1/organizations/usage/calls'),
  }
}

async function callModel(key: string) {
  const response = await fetch(`${server.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sandbox', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }),
  })
  return { status: response.status, text: await response.text() }
}

const fill = (path: string, ids: Things) =>
  path
    .replace('{user_id}', ids.user)
    .replace('{api_key_id}', ids.key)
    .replace('{session_id}', ids.session)
    .replace('{provider_id}', ids.provider)

const bodies: Record<string, object> = {
  'members.change': { role: 'owner' },
  'keys.change': { name: 'Renamed' },
  'providers.change': { name: 'Renamed' },
}

describe('an id of another organisation is not there', () => {
  const named = endpoints.filter(({ path }) => path.startsWith('/v1/organizations/') && path.includes('{'))
  for (const { name, method, path } of named) {
    it(`${method} ${path}`, async () => {
      const body = bodies[name]
      const theirs = await eve.send(method, fill(path, acme), body)
      expect([theirs.status, (theirs.body as { error: { code: string } }).error.code]).toEqual([
        404,
        'not_found',
      ])
      if (method !== 'DELETE') expect((await eve.send(method, fill(path, beta), body)).status).toBe(200)
    })
  }

  it('and Acme has lost nothing', async () => {
    for (const path of ['users', 'api_keys', 'sessions', 'providers'])
      expect((await server.owner.ask<List>('GET', `/v1/organizations/${path}`)).data).not.toEqual([])
  })
})

describe('no list, filter or cursor reaches into another organisation', () => {
  const lists: Record<string, keyof Things> = {
    users: 'user',
    api_keys: 'key',
    sessions: 'session',
    audit_lines: 'line',
    'usage/calls': 'call',
  }
  for (const [list, kind] of Object.entries(lists)) {
    it(list, async () => {
      const seen = async (query: string) =>
        JSON.stringify(await eve.ask('GET', `/v1/organizations/${list}?limit=1000&${query}`))
      for (const query of [
        '',
        `after_id=${acme[kind]}`,
        `before_id=${acme[kind]}`,
        'before_id=',
        'after_id=~',
      ]) {
        const text = await seen(query)
        for (const id of [acme.user, acme.key, acme.session, acme.call, server.organizationId])
          expect([query, text.includes(id)]).toEqual([query, false])
      }
      for (const name of ['user_id', 'created_by_user_id', 'target_id', 'email']) {
        const value = name === 'email' ? 'owner@acme.test' : acme.user
        expect(await seen(`${name}=${value}`)).not.toContain(acme.user)
      }
    })
  }
})

it('what one organisation allows, spends and publishes is its own', async () => {
  await eve.ask('POST', '/v1/organizations/policies/managed_settings', { settings: { availableModels: [] } })
  expect((await callModel(server.adminKey)).status).toBe(200)
  const key = await eve.ask<{ secret: string }>('POST', '/v1/organizations/api_keys', { name: 'Own' })
  expect((await callModel(key.secret)).text).toContain('model_not_allowed')
  const policy = '/v1/organizations/policies/managed_settings'
  expect(await server.owner.ask('GET', policy)).toMatchObject({ uuid: null, settings: {} })
  const { last_30_days } = await eve.ask<{ last_30_days: object }>('GET', '/v1/organizations/usage/summary')
  expect(last_30_days).toMatchObject({ calls: 1, people: 1 })
})
