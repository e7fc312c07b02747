import { once } from 'node:events'
import { connect } from 'node:net'
import { Failure } from '@latchstring/protocol'
import { endpoints } from '@latchstring/protocol/api'
import type { Means } from '@latchstring/protocol/decide/authorize'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { freshMs } from './caller.ts'
import { makeHttp } from './http.ts'
import { makeTestBase } from './testing/base.ts'
import { caller, refusal, serve } from './testing/serve.ts'

const json = { 'content-type': 'application/json' }
const links = '/v1/sign_in/links'
const keys = '/v1/organizations/api_keys'
const ada = { email: 'ada@acme.test' }

describe('a body', () => {
  test.each(['{', '', 'null x', '{"email":', '\u0000', "{'email':1}"])('%j is malformed JSON', async body => {
    const { send } = await serve(null)
    expect(refusal(await send('POST', links, { body, headers: json }))).toEqual([400, 'malformed_json'])
  })

  test('that is not UTF-8 is malformed', async () => {
    const { send } = await serve(null)
    const body = Buffer.from([0x22, 0xff, 0xfe, 0x22])
    expect(refusal(await send('POST', links, { body, headers: json }))).toEqual([400, 'malformed_json'])
  })

  test.each([
    undefined,
    'text/plain',
    'text/plain; application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
  ])('W2 of the type %s is refused', async type => {
    const { send } = await serve(null)
    const headers = type === undefined ? {} : { 'content-type': type }
    const answer = await send('POST', links, { body: JSON.stringify(ada), headers })
    expect(refusal(answer)).toEqual([415, 'unsupported_media_type'])
  })

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])(
    'of the type %s is read',
    async type => {
      const { send } = await serve(null)
      const answer = await send('POST', links, {
        body: JSON.stringify(ada),
        headers: { 'content-type': type },
      })
      expect(answer.status).toBe(202)
    },
  )

  test('that breaks off is no fault of the server: nothing is logged above debug', async () => {
    const { base, port } = await serve(null)
    const socket = connect(port, '127.0.0.1')
    socket.write(
      `POST ${links} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\nExpect: 100-continue\r\n\r\n{`,
    )
    await once(socket, 'data')
    socket.resetAndDestroy()
    await vi.waitUntil(() => base.logged.length > 0)
    expect(base.logged.map(line => JSON.parse(line).level)).toEqual(['debug'])
  })

  test.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('that nests %s without end is refused, and nothing is done', async (_of, open, close) => {
    let published = 0
    const { send } = await serve(caller({ role: 'owner' }), {
      'policies.publish': async () => ({ count: ++published }),
    })
    const publish = (depth: number) =>
      send('POST', '/v1/organizations/policies/managed_settings', {
        body: `{"settings":{"a":${open.repeat(depth)}1${close.repeat(depth)}}}`,
        headers: json,
      })
    for (const depth of [101, 1000, 5000, 100_000])
      expect([depth, ...refusal(await publish(depth))]).toEqual([depth, 400, 'invalid_request'])
    expect(published).toBe(0)
    expect((await publish(90)).status).toBe(200)
  })

  test('over 1 MiB is refused, whether or not its length was said', async () => {
    const { send } = await serve(null)
    const body = JSON.stringify({ email: 'a'.repeat(1024 * 1024) })
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const answer = await send('POST', links, { body, headers: { ...json, ...headers } })
      expect(refusal(answer)).toEqual([413, 'body_too_large'])
    }
  })

  test.each([
    [{}, /^email: /],
    [{ email: 7 }, /^email: /],
    [{ email: 'ada@acme.test\r\nBcc: evil@evil.test' }, /^email: not an e-mail address/],
    [{ email: 'ada@acme.test,evil@evil.test' }, /^email: not an e-mail address/],
    [{ email: `${'a'.repeat(65)}@acme.test` }, /^email: /],
    [{ email: 'ada@acme.test', return_to: 7 }, /^return_to: /],
    [[], /^body: /],
    [null, /^body: /],
    ['text', /^body: /],
  ])('%j is refused by the name of its field', async (body, message) => {
    const { send } = await serve(null)
    const answer = await send('POST', links, { json: body })
    expect(refusal(answer)).toEqual([400, 'invalid_request'])
    expect(answer.body.error.message).toMatch(message)
  })

  test('with __proto__ gives the handler nothing it did not ask for', async () => {
    const { send } = await serve(null)
    const body = '{"email":"ada@acme.test","__proto__":{"admin":true},"more":1}'
    const answer = await send('POST', links, { body, headers: json })
    expect(answer.body.body).toEqual({ email: 'ada@acme.test', return_to: '/' })
  })
})

describe('an address', () => {
  test.each([
    '/v1',
    '/v1/nothing',
    '/v1/organizations/api_keys/',
    '/',
    '/v1/sign_in/../x',
    '/%00',
    '/v1/%zz',
  ])('%s that is not in the table is not there', async path => {
    const { send } = await serve(caller())
    expect(refusal(await send('GET', path))).toEqual([404, 'not_found'])
  })

  test.each([
    ['PUT', keys],
    ['PATCH', keys],
    ['GET', links],
    ['DELETE', links],
    ['PUT', `${keys}/apikey_1`],
  ])('refuses %s on %s by the method', async (method, path) => {
    const { send } = await serve(caller())
    expect(refusal(await send(method, path))).toEqual([405, 'method_not_allowed'])
  })

  test('reads the numbers of a query and refuses what is too much or given twice', async () => {
    const { send } = await serve(caller())
    expect((await send('GET', `${keys}?limit=5`)).body.query).toMatchObject({ limit: 5 })
    expect(refusal(await send('GET', `${keys}?limit=5000`))).toEqual([400, 'invalid_request'])
    expect(refusal(await send('GET', `${keys}?limit=1&limit=2`))).toEqual([400, 'invalid_request'])
  })
})

describe('who may call', () => {
  const me = '/v1/organizations/me'
  const fresh = '/v1/sign_in/passkeys/add/begin'

  test('nobody: what is public, nothing else', async () => {
    const { send } = await serve(null)
    for (const { method, path, access, body } of endpoints) {
      const address = path.replaceAll(/\{[^}]+\}/g, 'x')
      const answer = await send(method, address, body ? { json: {} } : {})
      if (access === 'public') expect(answer.status, path).not.toBe(401)
      else expect(refusal(answer), path).toEqual([401, 'not_signed_in'])
    }
  })

  test('a session that still sets up: what any signed-in one may, nothing that takes a permission or freshness', async () => {
    const { send } = await serve(caller({ settingUp: true }))
    for (const { method, path, access, body } of endpoints) {
      if (access === 'public' || access === 'signed_in') continue
      const answer = await send(method, path.replaceAll(/\{[^}]+\}/g, 'x'), body ? { json: {} } : {})
      expect(refusal(answer), path).toEqual([401, 'not_signed_in'])
    }
    expect((await send('GET', '/v1/organizations/sessions/current')).status).toBe(200)
  })

  test('a role without the permission is refused before its body is read', async () => {
    const { send } = await serve(caller({ role: 'user' }))
    const answer = await send('POST', '/v1/organizations/providers', { body: '{', headers: json })
    expect(refusal(answer)).toEqual([403, 'permission_denied'])
    expect(answer.headers['x-should-retry']).toBe('false')
  })

  test('a key of a kind that does not reach so far is refused, whatever its owner may', async () => {
    const { send } = await serve(caller({ means: { kind: 'key', keyKind: 'coding_agent' } }))
    expect((await send('GET', me)).status).toBe(200)
    expect(refusal(await send('GET', '/v1/organizations/users'))).toEqual([403, 'key_kind_refused'])
  })

  test('what takes a fresh sign-in takes a browser that has just proved itself', async () => {
    const young = await serve(caller())
    expect((await young.send('POST', fresh)).status).toBe(200)
    const old = await serve(caller({ age: freshMs }))
    expect(refusal(await old.send('POST', fresh))).toEqual([403, 'fresh_sign_in_needed'])
    for (const means of [{ kind: 'agent' }, { kind: 'key', keyKind: 'admin' }] as Means[]) {
      const { send } = await serve(caller({ means }))
      expect(refusal(await send('POST', fresh))).toEqual([403, 'permission_denied'])
    }
  })

  test('W2 another site is refused before anybody is asked who they are', async () => {
    const { send } = await serve(new Failure('invalid_token'))
    const answer = await send('POST', links, { json: ada, headers: { origin: 'https://evil.test' } })
    expect(refusal(answer)).toEqual([403, 'cross_site'])
  })
})

describe('an answer', () => {
  test('bears its request id and is kept by no cache, good or bad', async () => {
    const { send } = await serve(null)
    const good = await send('GET', '/v1/sign_in')
    const bad = await send('GET', '/v1/nothing')
    for (const { headers } of [good, bad]) {
      expect(headers['request-id']).toMatch(/^req_/)
      expect(headers['cache-control']).toBe('no-store')
      expect(headers['content-type']).toMatch(/^application\/json/)
    }
    expect(bad.body).toMatchObject({ type: 'error', request_id: bad.headers['request-id'] })
    expect(good.headers['request-id']).not.toBe(bad.headers['request-id'])
  })

  test('takes no request id from outside', async () => {
    const { send } = await serve(null)
    const answer = await send('GET', '/v1/sign_in', { headers: { 'request-id': 'req_theirs' } })
    expect(answer.headers['request-id']).not.toBe('req_theirs')
  })

  test('carries every cookie that was set, each in its own header', async () => {
    const { send, port } = await serve(null, {
      'signIn.state': async ({ reply }) => {
        reply.setCookie('session', 'a', 1)
        reply.clearCookie('link')
        return {}
      },
    })
    expect((await send('GET', '/v1/sign_in')).headers['set-cookie']).toEqual([
      `latchstring_session_${port}=a; Path=/; Max-Age=1; HttpOnly; SameSite=Lax`,
      `latchstring_link_${port}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`,
    ])
  })

  test('sets no cookie when it is a refusal', async () => {
    const { send } = await serve(null, {
      'signIn.state': async ({ reply }) => {
        reply.setCookie('session', 'a', 1)
        throw new Failure('conflict')
      },
    })
    const answer = await send('GET', '/v1/sign_in')
    expect(refusal(answer)).toEqual([409, 'conflict'])
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  test('of something unforeseen says no more than that; the cause is in the log with the request id', async () => {
    const { base, send } = await serve(null, {
      'signIn.state': async () => {
        throw new Error('the inner cause')
      },
    })
    const answer = await send('GET', '/v1/sign_in')
    expect(refusal(answer)).toEqual([500, 'internal'])
    expect(JSON.stringify(answer.body)).not.toContain('inner cause')
    const line = base.logged.find(one => one.includes('the inner cause'))
    expect(line).toContain(answer.headers['request-id'])
  })

  test('of a database that is busy is 503, to be tried again', async () => {
    const { send } = await serve(null, {
      'signIn.state': async () => {
        throw Object.assign(new Error('database is locked'), { errcode: 5 })
      },
    })
    const answer = await send('GET', '/v1/sign_in')
    expect(refusal(answer)).toEqual([503, 'storage_unavailable'])
    expect(answer.headers['x-should-retry']).toBeUndefined()
  })
})

describe('W9 no secret in the log', () => {
  test('nor in what a refusal writes there: bodies, cookies, credentials', async () => {
    const { base, send } = await serve(null)
    const secret = 's'.repeat(43)
    const headers = {
      ...json,
      cookie: `latchstring_session=${secret}`,
      authorization: `Bearer ${secret}`,
      'x-api-key': `lsk_${secret}`,
    }
    await send('POST', '/v1/sign_in/links/spend', { body: `{"token":"${secret}"`, headers })
    await send('POST', '/v1/sign_in/links/spend', { body: secret, headers })
    const same = { ...headers, 'sec-fetch-site': 'same-origin' }
    await send('POST', '/v1/sign_in/links/spend', { body: `${secret}`, headers: same })
    await send('POST', '/v1/sign_in/links/spend', { body: `{"token":"${secret}!"}`, headers: same })
    await send('GET', keys, { headers: same })
    expect(base.logged.length).toBe(5)
    expect(base.logged.join('')).not.toContain('ssssssss')
  })
})

test('a table with a line that has no handler does not start', async () => {
  const base = await makeTestBase()
  onTestFinished(() => base.close())
  const make = () => makeHttp({ base, authenticate: async () => null, handlers: {} })
  expect(make).toThrow('no handler for organizations.me')
})
