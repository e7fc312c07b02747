import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RawUpstream } from '../support/raw-upstream.ts'
import { rawUpstream } from '../support/raw-upstream.ts'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'

/** An Anthropic-compatible provider made of sockets behind the whole server: set up in the console, used by a key. */
const secret = 'sk-provider-secret-0123456789'
let server: TestServer
let upstream: RawUpstream

beforeAll(async () => {
  upstream = await rawUpstream()
  server = await startTestServer()
  const { data } = await server.owner.ask<{ data: { id: string }[] }>('GET', '/v1/organizations/providers')
  await server.owner.ask('POST', '/v1/organizations/providers', {
    kind: 'anthropic',
    base_url: upstream.url,
    secret,
  })
  for (const { id } of data) await server.owner.ask('DELETE', `/v1/organizations/providers/${id}`)
})
afterAll(async () => {
  await server?.stop()
  await upstream?.close()
})

const send = (body: string) =>
  fetch(`${server.url}/v1/messages?beta=true`, {
    method: 'POST',
    headers: {
      'x-api-key': server.adminKey,
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'a-1,b-2',
    },
    body,
  })

const reply = (status: string, headers: string, body: string) =>
  `HTTP/1.1 ${status}\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

it('passes the body on byte for byte, with the provider’s key in place of ours', async () => {
  const answer = '{"type":"message",  "usage":{"input_tokens":3,"output_tokens":4}}'
  upstream.play({ bytes: reply('200 OK', 'content-type: application/json\r\nset-cookie: a=b\r\n', answer) })
  const body =
    '{ "model":"claude-opus-5-5",\n "max_tokens": 5, "unknown":[1,2.50,1e3], "messages":[{"role":"user","content":"h\\u00e9"}] }'
  const response = await send(body)
  expect(await response.text()).toBe(answer)
  expect(response.headers.get('set-cookie')).toBeNull()
  const request = upstream.requests.at(-1)
  expect(request?.body.toString()).toBe(body)
  expect(request?.head).toMatch(/^POST \/v1\/messages\?beta=true HTTP\/1\.1\r\n/)
  expect(request?.head.toLowerCase()).toContain(`x-api-key: ${secret}`)
  expect(request?.head.toLowerCase()).toContain('anthropic-beta: a-1,b-2')
  expect(request?.head).not.toContain(server.adminKey)
  const { data } = await server.owner.ask<{
    data: { input_tokens: number; output_tokens: number; model: string }[]
  }>('GET', '/v1/organizations/usage/calls?limit=1')
  expect(data[0]).toMatchObject({ input_tokens: 3, output_tokens: 4, model: 'claude-opus-5-5' })
})

it('keeps an overloaded provider’s 529 as it is', async () => {
  const answer = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
  upstream.play({
    bytes: reply('529 Overloaded', 'content-type: application/json\r\nretry-after: 7\r\n', answer),
  })
  const response = await send('{"model":"claude-opus-5-5","messages":[]}')
  expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([
    529,
    '7',
    answer,
  ])
})

it('says in words that a provider is gone, and that its address may not be used', async () => {
  const closed = await rawUpstream()
  await closed.close()
  const { data } = await server.owner.ask<{ data: { id: string }[] }>('GET', '/v1/organizations/providers')
  const move = (base_url: string) =>
    server.owner.ask('POST', `/v1/organizations/providers/${data[0]?.id}`, { base_url, secret })
  const code = async () =>
    ((await (await send('{"model":"claude-opus-5-5","messages":[]}')).json()) as { error: { code: string } })
      .error.code
  await move(closed.url)
  expect(await code()).toBe('provider_unreachable')
  await move('http://169.254.169.254')
  expect(await code()).toBe('address_refused')
  await move(upstream.url)
})

it('a new secret counts at the next request', async () => {
  const { data } = await server.owner.ask<{ data: { id: string }[] }>('GET', '/v1/organizations/providers')
  await server.owner.ask('POST', `/v1/organizations/providers/${data[0]?.id}`, {
    secret: 'sk-provider-second-9876',
  })
  upstream.play({ bytes: reply('200 OK', 'content-type: application/json\r\n', '{}') })
  await (await send('{"model":"claude-opus-5-5","messages":[]}')).text()
  expect(upstream.requests.at(-1)?.head).toContain('sk-provider-second-9876')
})
