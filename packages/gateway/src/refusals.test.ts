import { once } from 'node:events'
import { connect } from 'node:net'
import { Failure } from '@latchstring/protocol'
import { newKey } from '@latchstring/protocol/decide/key-format'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { rawExchange } from '../../../tests/support/raw-upstream.ts'
import type { Served } from './testing/serve.ts'
import { serve } from './testing/serve.ts'

let served: Served
let key: string

beforeEach(async () => {
  served = await serve({ bodyMs: 60, unwantedMs: 1000 })
  key = served.console.addKey().secret
})
afterEach(() => served.close())

const body = JSON.stringify({ model: 'sandbox', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] })

const ask = async (headers: Record<string, string>, text: string | Buffer = body, path = '/v1/messages') => {
  const reply = await fetch(served.url + path, {
    method: 'POST',
    headers,
    body: new Uint8Array(Buffer.from(text)),
  })
  const told = (await reply.json()) as {
    error: { code: string; message: string; type: string }
    request_id: string
  }
  expect(reply.headers.get('request-id')).toMatch(/^req_/)
  return { status: reply.status, retry: reply.headers.get('x-should-retry'), ...told }
}

it('tells a signed-out person behind a failing helper to sign in, and every other missing or dead credential 401', async () => {
  const dead: [Record<string, string>, number, string][] = [
    [{ 'x-api-key': '', authorization: 'Bearer ' }, 402, 'sign_in_needed_by_helper'],
    [{}, 401, 'credential_missing'],
    [{ 'x-api-key': '' }, 401, 'credential_missing'],
    [{ authorization: 'Bearer ' }, 401, 'credential_missing'],
    [{ 'x-api-key': newKey() }, 401, 'invalid_token'],
    [{ 'x-api-key': 'sk-ant-something' }, 401, 'invalid_token'],
    [{ authorization: 'Basic eDp5' }, 401, 'invalid_token'],
    [{ authorization: `Bearer ${served.console.token({ exp: 1 })}` }, 401, 'invalid_token'],
    [{ authorization: `Bearer ${served.console.token({ iss: 'http://evil.test' })}` }, 401, 'invalid_token'],
    [{ authorization: `Bearer ${served.console.token({}, { typ: 'JWT' })}` }, 401, 'invalid_token'],
    [{ authorization: `Bearer ${served.console.token({ exp: 99_999_999_999 })}` }, 401, 'invalid_token'],
  ]
  for (const [headers, status, code] of dead) {
    const told = await ask(headers)
    expect([headers, told]).toMatchObject([headers, { status, retry: 'false', error: { code } }])
    if (status === 401) expect(told.error.message).toContain('invalid token')
  }
  expect(served.console.rows).toEqual([])
})

it('takes the credential that is ours where two came and differ', async () => {
  for (const headers of [
    { 'x-api-key': 'sk-leftover', authorization: `Bearer ${served.console.token()}` },
    { 'x-api-key': key, authorization: 'Bearer something-else' },
    { 'x-api-key': key, authorization: `Bearer ${key}` },
  ]) {
    const reply = await fetch(`${served.url}/v1/messages`, { method: 'POST', headers, body })
    expect(reply.status).toBe(200)
    await reply.text()
  }
})

it('answers before the body has come, and the connection serves the next request', async () => {
  const head = (more: string) => `POST /v1/messages HTTP/1.1\r\nHost: x\r\n${more}\r\n`
  const socket = connect(served.port, '127.0.0.1')
  let received = ''
  socket.on('data', data => {
    received += data.toString('latin1')
  })
  const says = async (text: string) => {
    while (!received.includes(text)) await once(socket, 'data')
  }
  socket.write(head(`x-api-key: nobody\r\nContent-Length: 90000\r\n`))
  await says('invalid token')
  socket.write('x'.repeat(90_000))
  received = ''
  socket.write(`${head(`x-api-key: ${key}\r\nContent-Length: ${body.length}\r\n`)}${body}`)
  await says('"type":"message"')
  socket.destroy()
})

it('lets an agent read its answer that sends all before it listens', async () => {
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
  const socket = connect(served.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.pause()
  socket.write('POST /v1/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
  for (let i = 0; i < 200; i++) await new Promise(sent => socket.write(chunk, sent))
  socket.write('0\r\n\r\n')
  let reply = ''
  socket.on('data', data => {
    reply += data.toString('latin1')
  })
  socket.resume()
  await once(socket, 'close')
  expect(reply).toMatch(/^HTTP\/1\.1 401 /)
  expect(reply).toMatch(/connection: close/i)
  expect(reply).toContain('credential_missing')
})

it('closes on an agent that never stops sending what nobody wants', async () => {
  const socket = connect(served.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.resume()
  socket.write('POST /v1/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n')
  await once(socket, 'close')
})

it('tells what is wrong with a body', async () => {
  const headers = { 'x-api-key': key }
  expect(await ask(headers, '{"model":')).toMatchObject({ status: 400, error: { code: 'malformed_json' } })
  expect(await ask(headers, '[]')).toMatchObject({ status: 400, error: { code: 'invalid_request' } })
  expect(await ask({ ...headers, 'content-encoding': 'gzip' })).toMatchObject({
    status: 415,
    error: { code: 'encoding_refused' },
  })
  expect(await ask(headers, body.replace('sandbox', 'gpt-9'))).toMatchObject({
    status: 404,
    retry: 'false',
    error: { code: 'unknown_model' },
  })
  served.console.policy = { availableModels: [] }
  served.console.revoke({ kind: 'policy', id: served.console.organizationId })
  expect(await ask(headers)).toMatchObject({ status: 400, error: { code: 'model_not_allowed' } })
})

it('refuses a body longer than its bound, announced or not', async () => {
  const small = await serve({ bodyBytes: 1000 })
  const { secret } = small.console.addKey()
  const head = `POST /v1/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-api-key: ${secret}\r\n`
  for (const pieces of [
    [`${head}Content-Length: 1001\r\n\r\n`, 'x'.repeat(1001)],
    [`${head}Transfer-Encoding: chunked\r\n\r\n`, `3e9\r\n${'x'.repeat(1001)}\r\n0\r\n\r\n`],
  ]) {
    const reply = await rawExchange(small.port, ...pieces)
    expect(reply).toMatch(/^HTTP\/1\.1 413 /)
    expect(reply).toContain('request_too_large')
  }
  await small.close()
})

it('refuses a body without length, and one that does not arrive in time', async () => {
  const head = `POST /v1/messages HTTP/1.1\r\nHost: x\r\nx-api-key: ${key}\r\n`
  expect(await rawExchange(served.port, `${head}Connection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 411 /)
  for (const begun of ['Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n', 'Content-Length: 9\r\n\r\n{']) {
    const slow = await rawExchange(served.port, head + begun)
    expect(slow).toMatch(/^HTTP\/1\.1 408 /)
    expect(slow).toContain('body_timeout')
  }
})

it('gives smugglers nothing: two lengths, two framings, damaged chunks', async () => {
  const head = `POST /v1/messages HTTP/1.1\r\nHost: x\r\nx-api-key: ${key}\r\n`
  const hidden = `GET /v1/models HTTP/1.1\r\nHost: x\r\nx-api-key: ${key}\r\n\r\n`
  for (const attack of [
    `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    `Content-Length: 4\r\nContent-Length: 5\r\n\r\n{}   ${hidden}`,
    `Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
    `Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
    `Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`,
    `Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n${hidden}`,
    `Content-Length: +4\r\n\r\n{}  ${hidden}`,
  ]) {
    const reply = await rawExchange(served.port, head + attack)
    expect([attack, reply.match(/HTTP\/1\.1 \d+/g)]).toEqual([attack, ['HTTP/1.1 400']])
  }
  expect(served.console.rows).toEqual([])
})

it('does not serve other addresses and methods', async () => {
  const reply = await fetch(`${served.url}/v1/complete`, { method: 'POST', body })
  expect([reply.status, await reply.json()]).toMatchObject([404, { error: { code: 'endpoint_not_served' } }])
  const wrong = await fetch(`${served.url}/v1/messages`, { headers: { 'x-api-key': key } })
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
})

it('refuses while the console cannot answer, whichever question it is, and never lets through', async () => {
  for (const name of [
    'revocationsSince',
    'resolveKey',
    'policyFor',
    'providerAccounts',
    'recordUsage',
  ] as const) {
    for (const fault of [new Failure('storage_unavailable'), new Error('disk')]) {
      const fresh = served.console.addKey({ organizationId: `org_${name}_${fault.message}` })
      served.console.faults = { [name]: fault }
      expect([name, await ask({ 'x-api-key': fresh.secret })]).toMatchObject([
        name,
        { status: 503, retry: null, error: { code: 'storage_unavailable' } },
      ])
    }
  }
  served.console.faults = { tokenIssuer: new Error('disk') }
  expect(await ask({ authorization: `Bearer ${served.console.token()}` })).toMatchObject({ status: 503 })
  served.console.faults = {}
  expect(
    (await fetch(`${served.url}/v1/messages`, { method: 'POST', headers: { 'x-api-key': key }, body }))
      .status,
  ).toBe(200)
})

it('takes telemetry, compressed too, and drops it', async () => {
  for (const path of ['/v1/metrics', '/v1/logs', '/v1/traces']) {
    const headers = { authorization: `Bearer ${key}`, 'content-encoding': 'gzip' }
    const reply = await fetch(served.url + path, { method: 'POST', headers, body: new Uint8Array(5000) })
    expect([reply.status, await reply.json()]).toEqual([200, {}])
    expect(await ask({}, 'x', path)).toMatchObject({ status: 401 })
  }
})
