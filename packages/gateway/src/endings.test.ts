import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RawUpstream } from '../../../tests/support/raw-upstream.ts'
import { chunked, rawExchange, rawUpstream } from '../../../tests/support/raw-upstream.ts'
import type { Served } from './testing/serve.ts'
import { serve } from './testing/serve.ts'

let served: Served
let upstream: RawUpstream
let key: string

beforeEach(async () => {
  ;[served, upstream] = await Promise.all([
    serve({ providerHeadersMs: 80, providerSilenceMs: 80 }),
    rawUpstream(),
  ])
  served.console.accounts = [served.anthropicAt(upstream.url)]
  key = served.console.addKey().secret
})
afterEach(async () => {
  await Promise.all([served.close(), upstream.close()])
})

const body = JSON.stringify({ model: 'claude-x', stream: true, messages: [] })
const request = (version = '1.1') =>
  `POST /v1/messages HTTP/${version}\r\nHost: x\r\nConnection: close\r\nx-api-key: ${key}\r\nContent-Length: ${body.length}\r\n\r\n${body}`

const sse = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
const start =
  'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":7,"output_tokens":1}}}\n\n'
const stop =
  'event: message_delta\ndata: {"type":"message_delta","usage":{"output_tokens":5}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n'
const piece = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
const never = { wait: new Promise(() => {}) }

/** A socket, and what has come over it. */
const open = (text: string) => {
  const socket = connect(served.port, '127.0.0.1')
  socket.on('error', () => {})
  let received = ''
  socket.on('data', data => {
    received += data.toString('latin1')
  })
  socket.write(text)
  return { socket, received: () => received, says: (what: string) => says(socket, () => received, what) }
}
const says = async (socket: Socket, received: () => string, what: string) => {
  while (!received().includes(what)) await once(socket, 'data')
}

it('ends the provider’s work at once when the agent leaves a stream, and records what had come', async () => {
  upstream.play({ bytes: sse }, { bytes: piece(start) }, never)
  const agent = open(request())
  await agent.says('message_start')
  agent.socket.destroy()
  await upstream.left()
  const [row] = await served.console.recorded(1)
  expect(row).toMatchObject({
    outcome: 'client_abort',
    status: 200,
    inputTokens: 7,
    outputTokens: 1,
    counted: false,
  })
})

it('ends the provider’s work when the agent leaves before any reply', async () => {
  upstream.play(never)
  const agent = open(request())
  await upstream.request(1)
  agent.socket.destroy()
  await upstream.left()
  const [row] = await served.console.recorded(1)
  expect(row).toMatchObject({ outcome: 'client_abort', status: 499, counted: false })
})

it('records nothing for an agent that leaves before its body is whole', async () => {
  const agent = open(request().slice(0, -5))
  await once(agent.socket, 'connect')
  agent.socket.end()
  await once(agent.socket, 'close')
  expect([upstream.requests.length, served.console.rows.length]).toEqual([0, 0])
})

it('never ends a stream well that the provider cut', async () => {
  for (const end of [{ cut: true }, { end: true }] as const) {
    upstream.play({ bytes: sse }, { bytes: piece(start) }, end)
    const reply = await rawExchange(served.port, request())
    expect(reply).toContain('message_start')
    expect(reply).not.toContain('\r\n0\r\n')
    expect(served.console.rows.at(-1)).toMatchObject({
      outcome: 'provider_cut',
      inputTokens: 7,
      counted: false,
    })
  }
})

it('resets an agent of HTTP/1.0, to which a closed connection would be a good end', async () => {
  upstream.play({ bytes: sse }, { bytes: piece(start) }, { cut: true })
  const agent = open(request('1.0'))
  const [error] = await once(agent.socket, 'error')
  expect(error).toMatchObject({ code: 'ECONNRESET' })
})

it('takes a stream that only its closed connection ends as cut, unless its closing event has come', async () => {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n'
  upstream.play({ bytes: head + start }, { end: true })
  expect(await rawExchange(served.port, request())).not.toContain('\r\n0\r\n')
  expect(served.console.rows.at(-1)).toMatchObject({ outcome: 'provider_cut', counted: false })
  upstream.play({ bytes: head + start + stop }, { end: true })
  expect(await rawExchange(served.port, request())).toContain('\r\n0\r\n')
  expect(served.console.rows.at(-1)).toMatchObject({ outcome: 'complete', outputTokens: 5, counted: true })
})

it('delivers a whole stream whose connection breaks after the closing event, without its end', async () => {
  upstream.play({ bytes: sse }, { bytes: piece(start + stop) }, { cut: true })
  const reply = await rawExchange(served.port, request())
  expect(reply).toContain('message_stop')
  expect(served.console.rows).toMatchObject([{ outcome: 'complete', outputTokens: 5, counted: true }])
})

it('passes on a reply whose reason holds control characters, without the reason, and goes on', async () => {
  const json = '{"type":"message","usage":{"input_tokens":1,"output_tokens":1}}'
  for (const reason of ['O\x01K', 'O\x7fK', 'O\x00K']) {
    const head = `HTTP/1.1 200 ${reason}\r\ncontent-type: application/json\r\n`
    upstream.play({ bytes: `${head}content-length: ${json.length}\r\n\r\n${json}` })
    const reply = await rawExchange(served.port, request())
    expect(reply).toMatch(/^HTTP\/1\.1 200 \r\n/)
    expect(reply).toContain(json)
  }
  expect(served.console.rows).toHaveLength(3)
})

it('says what happened when nothing had been sent yet', async () => {
  const json = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n'
  for (const [code, status, outcome, ...steps] of [
    ['provider_cut', 502, 'provider_cut', { cut: true }],
    ['provider_cut', 502, 'provider_cut', { bytes: 'not HTTP at all: reply-canary\r\n\r\n' }],
    ['provider_cut', 502, 'provider_cut', { bytes: `${json}{"type"` }, { end: true }],
    ['provider_timeout', 504, 'timeout', never],
    ['provider_timeout', 504, 'timeout', { bytes: `${json}{"type"` }, never],
  ] as const) {
    upstream.play(...steps)
    const reply = await rawExchange(served.port, request())
    expect(reply).toContain(`HTTP/1.1 ${status} `)
    expect(reply).toContain(`"code":"${code}"`)
    expect(served.console.rows.at(-1)).toMatchObject({ outcome, counted: false })
  }
  expect(served.logged()).not.toContain('reply-canary')
})

it('cuts a stream in which the provider falls silent', async () => {
  upstream.play({ bytes: sse }, { bytes: piece(start) }, never)
  const reply = await rawExchange(served.port, request())
  expect(reply).not.toContain('\r\n0\r\n')
  expect(served.console.rows).toMatchObject([
    { outcome: 'timeout', status: 200, inputTokens: 7, counted: false },
  ])
})

it('tells an unreachable provider from a forbidden address, and records neither', async () => {
  await upstream.close()
  expect(await rawExchange(served.port, request())).toContain('"code":"provider_unreachable"')
  for (const url of ['http://10.0.0.1', 'http://169.254.169.254', 'http://[::1]:1']) {
    served.console.accounts = [served.anthropicAt(url)]
    served.console.revoke({ kind: 'providers', id: served.console.organizationId })
    expect(await rawExchange(served.port, request())).toContain('"code":"address_refused"')
  }
  expect(served.console.rows).toEqual([])
  upstream = await rawUpstream()
})

it('keeps back a reply whose row cannot be kept: an answer of its own, or a cut stream', async () => {
  served.console.faults = { recordUsage: new Error('disk full') }
  const message = '{"type":"message","usage":{"input_tokens":7,"output_tokens":5}}'
  const json = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${message.length}\r\n\r\n`
  upstream.play({ bytes: json + message })
  const whole = await rawExchange(served.port, request())
  expect(whole).toContain('HTTP/1.1 503 ')
  expect(whole).not.toContain('"usage"')
  upstream.play({ bytes: sse }, { bytes: chunked([start, stop]) })
  const stream = await rawExchange(served.port, request())
  expect(stream).not.toContain('message_stop')
  expect(served.logged()).toContain('a usage row could not be kept')
})

it('records an error inside a stream as refused and uncounted', async () => {
  const error =
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
  upstream.play({ bytes: sse }, { bytes: chunked([start, error]) })
  expect(await rawExchange(served.port, request())).toContain('overloaded_error')
  expect(served.console.rows).toMatchObject([
    { outcome: 'refused', status: 200, inputTokens: 7, counted: false },
  ])
})

it('passes on a reply that it cannot read, and says that it did not count', async () => {
  const coded =
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nabcd'
  upstream.play({ bytes: coded })
  const reply = await rawExchange(served.port, request())
  expect(reply.endsWith('abcd')).toBe(true)
  expect(served.console.rows).toMatchObject([{ outcome: 'complete', counted: false }])
})

it('lists what the provider lists, allowed by policy, and does without one that fails', async () => {
  const list = JSON.stringify({
    data: [
      { type: 'model', id: 'claude-a', display_name: 'A', created_at: '2026-01-01T00:00:00Z' },
      { type: 'model', id: 'claude-b', display_name: 'B', created_at: '2026-01-01T00:00:00Z' },
    ],
  })
  upstream.play({
    bytes: `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${list.length}\r\n\r\n${list}`,
  })
  served.console.policy = { availableModels: ['claude-b', 'sandbox'] }
  const sandbox = { id: 's', kind: 'sandbox', name: 's', baseUrl: null, sealedSecret: null } as const
  served.console.accounts = [served.anthropicAt(upstream.url), sandbox]
  const ids = async () => {
    const reply = await fetch(`${served.url}/v1/models?limit=1000`, { headers: { 'x-api-key': key } })
    const page = (await reply.json()) as { data?: { id: string }[]; has_more: boolean; first_id: string }
    return [reply.status, page.data?.map(({ id }) => id)]
  }
  expect(await ids()).toEqual([200, ['claude-b', 'sandbox']])
  expect(await ids()).toEqual([200, ['claude-b', 'sandbox']])
  expect(upstream.requests).toHaveLength(1)
  upstream.play({ cut: true })
  served.console.revoke({ kind: 'providers', id: served.console.organizationId })
  expect(await ids()).toEqual([200, ['sandbox']])
  served.console.accounts = [served.anthropicAt(upstream.url)]
  served.console.revoke({ kind: 'providers', id: served.console.organizationId })
  expect(await ids()).toEqual([502, undefined])
})

it('tells when the stored secret does not open', async () => {
  const account = served.anthropicAt(upstream.url)
  served.console.accounts = [{ ...account, id: 'provider_other' }]
  const reply = await rawExchange(served.port, request())
  expect(reply).toContain('HTTP/1.1 502 ')
  expect(reply).toContain('cannot be opened')
  expect(upstream.requests).toHaveLength(0)
})
