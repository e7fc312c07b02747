import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rawExchange } from '../support/raw-upstream.ts'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'

/** What no HTTP library would send. A request that is read in two ways is refused whole, and none ends the server. */
let server: TestServer
let host: string
beforeAll(async () => {
  server = await startTestServer()
  host = `Host: ${new URL(server.url).host}\r\n`
})
afterAll(() => server?.stop())

const sendRaw = (bytes: string) => rawExchange(Number(new URL(server.url).port), bytes)
/** The status of every reply in what came back. */
const statusesIn = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))

const alive = async () => expect((await fetch(`${server.url}/healthz`)).status).toBe(200)

it('goes on whatever the request line names', async () => {
  const targets = [
    'constructor://x/',
    'toString://x/',
    'http://evil.test/v1/organizations/me',
    `http://${new URL(server.url).host}/v1/organizations/me`,
    '*',
    '//evil.test/',
    '/[%5b',
    '/%E0%A4%A',
    '/oauth/authorize/%E0%A4%A',
    '/oauth/authorize?%E0%A4%A&__proto__[x]=1',
    '/v1/organizations/api_keys/%E0%A4%A',
    '/v1//[',
  ]
  for (const target of targets) {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const text = await sendRaw(
        `${method} ${target} HTTP/1.1\r\n${host}Content-Length: 0\r\nConnection: close\r\n\r\n`,
      )
      const [status = 0] = statusesIn(text)
      expect([method, target, status, status < 500 && status >= 200]).toEqual([method, target, status, true])
    }
  }
  await alive()
})

it('refuses a request that names two hosts, whichever comes first', async () => {
  for (const hosts of [`${host}Host: evil.test\r\n`, `Host: evil.test\r\n${host}`, `${host}${host}`]) {
    const text = await sendRaw(`GET /v1/models HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`)
    expect(statusesIn(text)).toEqual([421])
  }
})

describe('a second request does not hide in the body of a first', () => {
  const hidden = () =>
    `GET /v1/organizations/me HTTP/1.1\r\n${host}x-api-key: ${server.adminKey}\r\nConnection: close\r\n\r\n`
  const first = (headers: string) =>
    `POST /v1/messages HTTP/1.1\r\n${host}x-api-key: ${server.adminKey}\r\n${headers}\r\n\r\n`
  const doubtful: Record<string, () => string> = {
    'a length and chunks': () =>
      `${first('Content-Length: 5\r\nTransfer-Encoding: chunked')}0\r\n\r\n${hidden()}`,
    'two lengths': () => first(`Content-Length: 0\r\nContent-Length: ${hidden().length}`) + hidden(),
    'a list of lengths': () => first('Content-Length: 0, 0') + hidden(),
    'a signed length': () => first('Content-Length: +0') + hidden(),
    'a folded header': () => first('X-A: b\r\n Content-Length: 5\r\nContent-Length: 0') + hidden(),
    'a blank before the colon': () => first('Content-Length : 0') + hidden(),
    'an unknown transfer coding': () => `${first('Transfer-Encoding: xchunked')}0\r\n\r\n${hidden()}`,
    'chunked, but not last': () => `${first('Transfer-Encoding: chunked, identity')}0\r\n\r\n${hidden()}`,
    'a chunk larger than any': () =>
      `${first('Transfer-Encoding: chunked')}ffffffffffffffffff\r\n${hidden()}`,
    'a line break in a chunk extension': () =>
      `${first('Transfer-Encoding: chunked')}0;a="\r\nb"\r\n\r\n${hidden()}`,
    'bare line feeds': () => (first('Content-Length: 0') + hidden()).replaceAll('\r\n', '\n'),
  }
  for (const [name, bytes] of Object.entries(doubtful)) {
    it(name, async () => {
      const text = await sendRaw(bytes())
      expect(statusesIn(text)).toEqual([400])
      expect(text).not.toContain(server.organizationId)
    })
  }

  it('what is refused before its body was read leaves the body no request', async () => {
    const body = hidden()
    const text = await sendRaw(
      `POST /v1/messages HTTP/1.1\r\n${host}Content-Length: ${body.length}\r\n\r\n${body}GET /healthz HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
    )
    expect(statusesIn(text)).toEqual([401, 200])
    expect(text).not.toContain(server.organizationId)
  })
})

it('neither tunnels, nor upgrades, nor answers to another name', async () => {
  const port = new URL(server.url).port
  expect(statusesIn(await sendRaw(`CONNECT 127.0.0.1:22 HTTP/1.1\r\n${host}\r\n`))).toEqual([])
  const upgrade = `GET /v1/organizations/me HTTP/1.1\r\n${host}Connection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`
  expect(statusesIn(await sendRaw(upgrade))).toEqual([401])
  for (const name of [
    `localhost.:${port}`,
    `localhost:${port}@evil.test`,
    `0.0.0.0:${port}`,
    `127.1:${port}`,
  ]) {
    const text = await sendRaw(`GET /v1/sign_in HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`)
    expect([name, ...statusesIn(text)]).toEqual([name, 421])
  }
})
