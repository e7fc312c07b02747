import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RawUpstream } from '../../../../../tests/support/raw-upstream.ts'
import { chunked, rawExchange, rawUpstream } from '../../../../../tests/support/raw-upstream.ts'
import { recordedStream } from '../../testing/recorded-stream.ts'
import type { Served } from '../../testing/serve.ts'
import { serve } from '../../testing/serve.ts'

let served: Served
let upstream: RawUpstream
let key: string
const secret = 'sk-ant-canary-0123456789abcdef'

beforeEach(async () => {
  ;[served, upstream] = await Promise.all([serve({ revocationPollMs: 20 }), rawUpstream()])
  served.console.accounts = [served.anthropicAt(upstream.url, secret)]
  key = served.console.addKey().secret
})
afterEach(async () => {
  await Promise.all([served.close(), upstream.close()])
})

/** Body with what a re-serialiser would lose: spaces, order, escapes, big numbers, unknown fields. */
const body =
  '{ "stream" : true,"model":"claude-opus-5-5",\n "max_tokens":1e2, "x_unknown":[1.0,12345678901234567890],"messages":[{"role":"user","content":"h\\u00e9 \\/ é \u{1f600}"}]}'

const post = (more: string[] = [], text: string = body) =>
  [
    'POST /v1/messages?beta=true&x=%2F HTTP/1.1',
    'Host: gateway.test',
    `X-Api-Key: ${key}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...more,
    '',
    text,
  ].join('\r\n')

const message = {
  type: 'message',
  usage: { input_tokens: 9, output_tokens: 4, cache_read_input_tokens: 2, cache_creation_input_tokens: 3 },
}

const json = (value: unknown, more: string[] = [], status = '200 OK') => {
  const text = JSON.stringify(value)
  return [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json',
    `Content-Length: ${text.length}`,
    ...more,
    '',
    text,
  ].join('\r\n')
}

it('sends on the same bytes, path, query and headers, and changes only what belongs to a hop or to a credential', async () => {
  upstream.play({ bytes: json(message) })
  await rawExchange(
    served.port,
    post([
      'ANTHROPIC-Version: 2023-06-01',
      'anthropic-beta: claude-code-20250219,interleaved-thinking-2025-05-14',
      'Content-Type: application/json',
      'X-Stainless-Arch: x64',
      'x-claude-code-session-id: 3f0c',
      'User-Agent: claude-cli/2.1.330 (external, sdk-cli)',
      'Accept-Encoding: gzip, br',
      'Authorization: Bearer leftover',
      'Cookie: a=b',
      'Connection: close, X-Hop',
      'X-Hop: 1',
      'Keep-Alive: timeout=5',
      'TE: trailers',
      'Proxy-Authorization: Basic eA==',
      'Forwarded: for=10.0.0.1',
      'X-Forwarded-For: 10.0.0.1',
      'X-Real-IP: 10.0.0.1',
      'x-twice: one',
      'x-twice: two',
    ]),
  )
  const { head, body: sent } = await upstream.request(1)
  expect(sent.toString()).toBe(body)
  expect(head.split('\r\n').filter(line => line !== '')).toEqual([
    'POST /v1/messages?beta=true&x=%2F HTTP/1.1',
    `host: ${new URL(upstream.url).host}`,
    'connection: keep-alive',
    'ANTHROPIC-Version: 2023-06-01',
    'anthropic-beta: claude-code-20250219,interleaved-thinking-2025-05-14',
    'Content-Type: application/json',
    'X-Stainless-Arch: x64',
    'x-claude-code-session-id: 3f0c',
    'User-Agent: claude-cli/2.1.330 (external, sdk-cli)',
    'x-twice: one',
    'x-twice: two',
    'accept-encoding: identity',
    `x-api-key: ${secret}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ])
})

it('keeps the path of the base URL and works for a body in chunks', async () => {
  served.console.accounts = [served.anthropicAt(`${upstream.url}/anthropic`, secret)]
  upstream.play({ bytes: json(message) })
  const head = [
    'POST /v1/messages HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${key}`,
    'Transfer-Encoding: chunked',
    'Connection: close',
    '',
    '',
  ].join('\r\n')
  const bytes = Buffer.from(body)
  await rawExchange(
    served.port,
    head,
    chunked([bytes.subarray(0, 7), bytes.subarray(7, 8), bytes.subarray(8)]),
  )
  const request = await upstream.request(1)
  expect(request.head).toMatch(/^POST \/anthropic\/v1\/messages HTTP/)
  expect(request.body.toString()).toBe(body)
})

it('passes the reply on unchanged but for hop-by-hop, cookies and whose account it is, with both request ids', async () => {
  const text = '{"type":"message", "x":"\\u00e9 é","usage":{"input_tokens":9,"output_tokens":4}}'
  upstream.play({
    bytes: [
      'HTTP/1.1 200 Fine',
      'Date: Mon, 01 Jan 2026 00:00:00 GMT',
      'Content-Type: application/json',
      'Request-Id: req_theirs',
      'anthropic-ratelimit-requests-remaining: 49',
      'Set-Cookie: a=b',
      'Anthropic-Organization-Id: org-secret',
      'X-Custom: One',
      'x-custom: two',
      'Connection: keep-alive, X-Hop',
      'X-Hop: 1',
      'Keep-Alive: timeout=9',
      `Content-Length: ${Buffer.byteLength(text)}`,
      '',
      text,
    ].join('\r\n'),
  })
  const reply = await rawExchange(served.port, post(['Connection: close']))
  const [head = '', received = ''] = reply.split('\r\n\r\n')
  expect(Buffer.from(received, 'latin1').toString()).toBe(text)
  const [row] = await served.console.recorded(1)
  expect(head.split('\r\n')).toEqual([
    'HTTP/1.1 200 Fine',
    'Date: Mon, 01 Jan 2026 00:00:00 GMT',
    'Content-Type: application/json',
    'anthropic-ratelimit-requests-remaining: 49',
    'X-Custom: One',
    'x-custom: two',
    `Content-Length: ${Buffer.byteLength(text)}`,
    `request-id: ${row?.requestId}`,
    'x-provider-request-id: req_theirs',
    'Connection: close',
  ])
  expect(row).toMatchObject({
    providerRequestId: 'req_theirs',
    inputTokens: 9,
    outputTokens: 4,
    counted: true,
  })
})

it('passes a stream on byte for byte, however its chunks are cut, and counts it', async () => {
  const { bytes, counts } = recordedStream()
  for (const size of [1, 7, 64, bytes.length]) {
    const pieces: Buffer[] = []
    for (let i = 0; i < bytes.length; i += size) pieces.push(bytes.subarray(i, i + size))
    const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
    upstream.play({ bytes: head }, { bytes: chunked(pieces) })
    const reply = await fetch(`${served.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key },
      body,
    })
    expect(Buffer.from(await reply.arrayBuffer()).equals(bytes)).toBe(true)
    expect(served.console.rows.at(-1)).toMatchObject({
      ...counts,
      outcome: 'complete',
      counted: true,
      stream: true,
    })
  }
})

it('leaves errors of the provider as they are: status, body, retry-after', async () => {
  for (const [status, more] of [
    ['529 Overloaded', ['x-should-retry: true']],
    ['429 Too Many Requests', ['retry-after: 7', 'anthropic-ratelimit-unified-status: rejected']],
    ['400 Bad Request', []],
    ['500 Internal Server Error', []],
  ] as const) {
    const error = { type: 'error', error: { type: 'x', message: `as it is ${status}` }, request_id: 'req_t' }
    upstream.play({ bytes: json(error, [...more], status) })
    const reply = await rawExchange(served.port, post(['Connection: close']))
    expect(reply).toContain(`HTTP/1.1 ${status}\r\n`)
    for (const line of more) expect(reply).toContain(`${line}\r\n`)
    expect(reply.endsWith(JSON.stringify(error))).toBe(true)
    expect(served.console.rows.at(-1)).toMatchObject({
      outcome: 'refused',
      status: Number(status.slice(0, 3)),
      inputTokens: 0,
      counted: true,
    })
  }
})

it('tells a refusal of our credential, and a redirect, as what they are', async () => {
  for (const [status, code] of [
    ['401 Unauthorized', 'provider_refused_credential'],
    ['403 Forbidden', 'provider_refused_credential'],
    ['302 Found', 'provider_redirected'],
    ['307 Temporary Redirect', 'provider_redirected'],
  ]) {
    upstream.play({ bytes: json({ secret: 'body-canary' }, ['location: http://127.0.0.1:1/'], status) })
    const reply = await rawExchange(served.port, post(['Connection: close']))
    expect(reply).toContain('HTTP/1.1 502 ')
    expect(reply).toContain(`"code":"${code}"`)
    expect(reply).toContain('x-should-retry: false')
    expect(reply).not.toMatch(/location:|body-canary/i)
    expect(served.console.rows.at(-1)).toMatchObject({ outcome: 'refused', status: 502 })
  }
  expect(upstream.requests).toHaveLength(4)
  expect(served.logged()).toContain('provider_refused_credential')
})

it('holds the last byte back until the usage row is durable', async () => {
  const { bytes } = recordedStream()
  const stream = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
  for (const [played, last] of [
    [Buffer.concat([Buffer.from(stream), chunked([bytes])]), 'message_stop'],
    [Buffer.from(json(message)), '}'],
  ] as const) {
    let release = () => {}
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    const reached = new Promise<void>(resolve => {
      served.console.beforeRecord = () => {
        resolve()
        return held
      }
    })
    upstream.play({ bytes: played })
    const socket = connect(served.port, '127.0.0.1')
    let received = ''
    socket.on('data', data => {
      received += data.toString('latin1')
    })
    socket.write(post(['Connection: close']))
    await reached
    await new Promise(resolve => setImmediate(resolve))
    expect(received.endsWith(last)).toBe(false)
    expect(received).not.toContain('message_stop')
    release()
    await once(socket, 'close')
    expect(received).toContain(last)
  }
})
