import { endpoints } from '@latchstring/protocol/api'
import { describe, expect, test } from 'vitest'
import type { Routes } from './client.ts'
import { makeClient, requestOf } from './client.ts'
import { ApiFailure } from './failure.ts'

const routes: Routes = {}
for (const { name, method, path } of endpoints) {
  const [noun = '', verb = ''] = name.split('.')
  routes[noun] = { ...routes[noun], [verb]: `${method} ${path}` }
}

/** A server of one answer that remembers what it was asked. */
function oneAnswer(status: number, body: string, headers: Record<string, string> = {}) {
  const asked: { url: string; init: RequestInit }[] = []
  const send = (async (url: string, init: RequestInit) => {
    asked.push({ url, init })
    return new Response(body, { status, headers })
  }) as typeof fetch
  return { asked, client: makeClient(routes, send) }
}

describe('requestOf', () => {
  test('fills and escapes path parameters', () => {
    expect(requestOf('GET /v1/keys/{key_id}', { params: { key_id: 'a/b?c' } }).url).toBe('/v1/keys/a%2Fb%3Fc')
  })

  test('leaves out query parameters that say nothing', () => {
    expect(requestOf('GET /v1/keys', { query: { status: '', limit: 20, after_id: undefined } }).url).toBe(
      '/v1/keys?limit=20',
    )
  })

  test('sends no body where none is given', () => {
    expect(requestOf('DELETE /v1/keys')).not.toHaveProperty('body')
  })
})

describe('the client', () => {
  test('calls what the endpoint table says, with the session cookie and JSON', async () => {
    const { asked, client } = oneAnswer(201, '{"id":"apikey_1"}')
    const body = { name: 'Laptop', kind: 'coding_agent' as const, expires_in_seconds: null }
    expect(await client.keys.create({ body })).toEqual({ id: 'apikey_1' })
    expect(asked[0]?.url).toBe('/v1/organizations/api_keys')
    expect(asked[0]?.init).toMatchObject({
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  })

  test('has a function for every line of the table and for nothing else', () => {
    const { client } = oneAnswer(200, '{}')
    const open = client as unknown as Record<string, Record<string, unknown>>
    for (const { name } of endpoints) {
      const [noun = '', verb = ''] = name.split('.')
      expect(typeof open[noun]?.[verb], name).toBe('function')
    }
    expect(open['nothing']).toBeUndefined()
    expect(open['keys']?.['nothing']).toBeUndefined()
  })

  test('throws what the server says: status, code, message, hint and request id', async () => {
    const error = {
      type: 'not_found_error',
      code: 'not_found',
      message: 'Nothing here.',
      hint: 'Look again.',
    }
    const { client } = oneAnswer(404, JSON.stringify({ type: 'error', error, request_id: 'req_1' }))
    const thrown = await client.organizations.me().catch((failure: unknown) => failure)
    expect(thrown).toBeInstanceOf(ApiFailure)
    expect(thrown).toMatchObject({
      status: 404,
      code: 'not_found',
      message: 'Nothing here.',
      hint: 'Look again.',
      requestId: 'req_1',
    })
  })

  test('names the status where an answer is not the envelope, and takes the request id from the header', async () => {
    const { client } = oneAnswer(502, '<html>', { 'request-id': 'req_2' })
    await expect(client.organizations.me()).rejects.toMatchObject({
      code: 'unreadable_answer',
      message: expect.stringContaining('502'),
      requestId: 'req_2',
    })
  })

  test('says that the server cannot be reached where there is no answer', async () => {
    const client = makeClient(routes, () => Promise.reject(new TypeError('Failed to fetch')))
    await expect(client.organizations.me()).rejects.toMatchObject({ status: 0, code: 'server_unreachable' })
  })
})
