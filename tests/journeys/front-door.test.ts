import { request } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'

/** What the one listener does before any room is asked. */
let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.stop())

/** A request with whatever Host it likes. */
function ask(
  host: string,
  path: string,
  method = 'GET',
): Promise<{ status: number; location: string | undefined; body: string }> {
  const { port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers: { host } }, response => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', chunk => (body += chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, location: response.headers.location, body }),
      )
    })
      .on('error', reject)
      .end()
  })
}

it('HEAD / is 200 without a credential, as older agents ask', async () => {
  const response = await fetch(server.url, { method: 'HEAD' })
  expect(response.status).toBe(200)
})

it('sends a reader at 127.0.0.1 to the one address, lets a program there work', async () => {
  const { port } = new URL(server.url)
  expect(await ask(`127.0.0.1:${port}`, '/keys?x=1')).toMatchObject({
    status: 307,
    location: `${server.url}/keys?x=1`,
  })
  expect((await ask(`127.0.0.1:${port}`, '//evil.test/')).location).toBe(`${server.url}//evil.test/`)
  expect((await ask(`127.0.0.1:${port}`, '/v1/models')).status).toBe(401)
})

it('refuses any other name: a page that points its own name here gets nothing', async () => {
  for (const host of ['evil.test', `evil.test:${new URL(server.url).port}`, 'localhost', '127.0.0.1:1']) {
    const answer = await ask(host, '/v1/organizations/me')
    expect([host, answer.status]).toEqual([host, 421])
  }
})

it('pages carry a strict policy with a nonce of their own', async () => {
  const one = await fetch(`${server.url}/keys`)
  const two = await fetch(`${server.url}/keys`)
  const policy = one.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toContain('unsafe')
  expect(policy).not.toBe(two.headers.get('content-security-policy'))
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? ''
  expect(await one.text()).toContain(nonce)
  expect(one.headers.get('referrer-policy')).toBe('no-referrer')
  expect(one.headers.get('cache-control')).toBe('no-store')
})

it('gives no file from outside the built pages', async () => {
  const { host } = new URL(server.url)
  for (const path of [
    '/../package.json',
    '/%2e%2e/package.json',
    '/..%2fpackage.json',
    '/assets/../../package.json',
    '/assets/none.js',
    '/x%00.js',
    '/%',
  ]) {
    const answer = await ask(host, path)
    expect([path, answer.status, answer.body.includes('"name"')]).toEqual([path, 404, false])
  }
})

it('says in JSON what is not there and what is not taken, with a request id', async () => {
  const missing = await fetch(`${server.url}/v1/organizations/nothing`)
  expect([missing.status, missing.headers.get('request-id')]).toEqual([404, expect.stringMatching(/^req_/)])
  const wrong = await fetch(`${server.url}/v1/organizations/me`, { method: 'DELETE' })
  expect([wrong.status, ((await wrong.json()) as { error: { code: string } }).error.code]).toEqual([
    405,
    'method_not_allowed',
  ])
})

it('is healthy, ready, and describes itself', async () => {
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    openapi: string
    servers: { url: string }[]
  }
  expect([document.openapi, document.servers[0]?.url]).toEqual(['3.1.1', server.url])
})
