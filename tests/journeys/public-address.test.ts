import { createHash } from 'node:crypto'
import { copyFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { request as plainRequest } from 'node:http'
import { request } from 'node:https'
import { connect } from 'node:tls'
import { agentScope } from '@latchstring/protocol/base/names'
import type { TestAuthority } from '@latchstring/server/testing/certificates'
import { makeAuthority } from '@latchstring/server/testing/certificates'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NamedServer } from '../support/named-server.ts'
import { startNamedServer } from '../support/named-server.ts'
import { freePort } from '../support/running-server.ts'

/** One address that is not localhost: by certificate files, and behind a named proxy. */
let authority: TestAuthority
beforeAll(() => {
  authority = makeAuthority()
})
afterAll(() => authority?.remove())

type Reply = { status: number; headers: IncomingHttpHeaders; body: string }
type Asked = {
  port: number
  path: string
  host: string
  ca?: string
  method?: string
  headers?: Record<string, string>
  body?: unknown
}

/** A request to 127.0.0.1 under whatever name; over TLS where a CA is given. */
function ask({ port, path, host, ca, method = 'GET', headers = {}, body }: Asked): Promise<Reply> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const json = text === undefined ? {} : { 'content-type': 'application/json' }
  const given = { host: '127.0.0.1', port, path, method, headers: { host, ...json, ...headers } }
  const servername = host.split(':')[0] ?? ''
  return new Promise((resolve, reject) => {
    const send = ca === undefined ? plainRequest(given) : request({ ...given, ca, servername, agent: false })
    send.on('response', response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', chunk => (text += chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      )
    })
    send.on('error', reject)
    send.end(text)
  })
}

const secretOf = (link: string) => ({ token: new URL(link).hash.replace('#token=', '') })

describe('by certificate files', () => {
  let server: NamedServer
  let files: { certFile: string; keyFile: string }
  let port: number
  const name = 'keys.test'
  const asking = (path: string, more: Partial<Asked> = {}) =>
    ask({ port, path, host: `${name}:${port}`, ca: authority.ca, ...more })

  beforeAll(async () => {
    port = await freePort()
    files = authority.issue(name)
    server = await startNamedServer({
      LATCHSTRING_URL: `https://${name}:${port}`,
      LATCHSTRING_PORT: String(port),
      LATCHSTRING_TLS_CERT_FILE: files.certFile,
      LATCHSTRING_TLS_KEY_FILE: files.keyFile,
    })
  })
  afterAll(() => server?.stop())

  it('pages say that this name is https from now on; a reply of a provider stays as it is', async () => {
    expect((await asking('/')).headers['strict-transport-security']).toBe('max-age=31536000')
    expect((await asking('/v1/organizations/me')).headers['strict-transport-security']).toBeDefined()
    expect((await asking('/v1/models')).headers['strict-transport-security']).toBeUndefined()
  })

  it('a sign-in sets a __Host- cookie that travels over https only', async () => {
    const { status, headers } = await asking('/v1/sign_in/links/spend', {
      method: 'POST',
      headers: { origin: `https://${name}:${port}` },
      body: secretOf(await server.signInLink()),
    })
    expect(status).toBe(200)
    expect(headers['set-cookie']?.join()).toMatch(
      /^__Host-latchstring_session=\S+; Path=\/; .*HttpOnly; .*Secure$/,
    )
  })

  it('the cookies of a sign-in by browser travel over https only', async () => {
    const query = new URLSearchParams({
      client_id: 'latch',
      response_type: 'code',
      redirect_uri: 'http://127.0.0.1:49152/callback',
      scope: agentScope,
      state: 'state-of-the-program',
      code_challenge: createHash('sha256').update('v'.repeat(43)).digest('base64url'),
      code_challenge_method: 'S256',
    })
    const { status, headers } = await asking(`/oauth/authorize?${query}`)
    expect([status, headers.location]).toEqual([
      303,
      expect.stringContaining(`https://${name}:${port}/authorize/`),
    ])
    for (const cookie of headers['set-cookie'] ?? ['none']) expect(cookie).toMatch(/; secure/i)
  })

  it('the discovery document names the one address', async () => {
    const document = JSON.parse((await asking('/.well-known/oauth-authorization-server')).body)
    expect([document.issuer, document.token_endpoint]).toEqual([
      `https://${name}:${port}`,
      `https://${name}:${port}/oauth/token`,
    ])
  })

  it('speaks TLS 1.2 and 1.3 and nothing older, and no plain http', async () => {
    const speak = (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') =>
      new Promise<string | null>(resolve => {
        const ciphers = 'DEFAULT:@SECLEVEL=0'
        const socket = connect(
          {
            port,
            host: '127.0.0.1',
            ca: authority.ca,
            servername: name,
            minVersion: version,
            maxVersion: version,
            ciphers,
          },
          () => {
            resolve(socket.getProtocol())
            socket.destroy()
          },
        )
        socket.on('error', () => resolve(null))
      })
    expect([await speak('TLSv1.1'), await speak('TLSv1.2'), await speak('TLSv1.3')]).toEqual([
      null,
      'TLSv1.2',
      'TLSv1.3',
    ])
    await expect(ask({ port, path: '/', host: name })).rejects.toThrow()
  })

  it('other names are refused, also over TLS', async () => {
    expect((await asking('/v1/models', { host: name })).status).toBe(421)
    expect((await asking('/healthz', { host: name })).status).toBe(200)
  })

  it('a renewed certificate is served without a restart', async () => {
    const serial = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({ port, host: '127.0.0.1', ca: authority.ca, servername: name }, () => {
          resolve(socket.getPeerCertificate().serialNumber)
          socket.destroy()
        })
        socket.on('error', reject)
      })
    const before = await serial()
    const renewed = authority.issue(name, 'renewed')
    copyFileSync(renewed.certFile, files.certFile)
    copyFileSync(renewed.keyFile, files.keyFile)
    await expect.poll(serial, { timeout: 20_000, interval: 200 }).not.toBe(before)
  })
})

describe('W8 behind a named proxy', () => {
  let server: NamedServer
  let port: number
  let cookie = ''
  const host = 'keys.test'
  const origin = `https://${host}`
  const asking = (path: string, from: string, more: Partial<Asked> = {}) =>
    ask({
      port,
      path,
      host,
      ...more,
      headers: { 'x-forwarded-for': from, 'x-forwarded-proto': 'https', ...more.headers },
    })

  beforeAll(async () => {
    port = await freePort()
    server = await startNamedServer({
      LATCHSTRING_URL: origin,
      LATCHSTRING_PORT: String(port),
      LATCHSTRING_TRUSTED_PROXIES: '127.0.0.1',
    })
    const entered = await asking('/v1/sign_in/links/spend', '203.0.113.7', {
      method: 'POST',
      headers: { origin },
      body: secretOf(await server.signInLink()),
    })
    cookie = entered.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
  })
  afterAll(() => server?.stop())

  it('sessions, the audit, a device request and a call all name the client that the proxy saw', async () => {
    const from = '1.2.3.4, 203.0.113.7'
    const device = await asking('/oauth/device_authorization', from, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    const { user_code } = JSON.parse(device.body)
    const seen = await asking('/v1/oauth/device', from, {
      method: 'POST',
      headers: { origin, cookie },
      body: { user_code },
    })
    expect(JSON.parse(seen.body).address).toBe('203.0.113.7')
    const me = await asking('/v1/organizations/sessions', from, { headers: { cookie } })
    expect(JSON.parse(me.body).data.map((one: { address: string }) => one.address)).toContain('203.0.113.7')
    const audit = await asking('/v1/organizations/audit_lines', from, { headers: { cookie } })
    expect(audit.body).toContain('"203.0.113.7"')
    expect(audit.body).not.toContain('1.2.3.4')
    const call = await asking('/v1/messages', from, {
      method: 'POST',
      headers: { 'x-api-key': server.adminKey },
      body: { model: 'sandbox', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] },
    })
    expect(call.status).toBe(200)
    const usage = await asking('/v1/organizations/usage/calls', from, { headers: { cookie } })
    expect(usage.body).toContain('"203.0.113.7"')
  })

  it('what a client writes into the header opens no new bucket: it is counted where the proxy saw it', async () => {
    const statuses = new Set<number>()
    for (let i = 0; i < 80; i++) {
      const from = `198.51.100.${i}, 203.0.113.99`
      statuses.add((await asking('/oauth/authorize?x=1', from)).status)
    }
    expect([...statuses]).toContain(429)
    expect((await asking('/oauth/authorize?x=1', '203.0.113.100')).status).not.toBe(429)
  })

  it('only what the proxy got over https passes; X-Forwarded-Host is believed from nobody', async () => {
    const plain = { 'x-forwarded-proto': 'http' }
    expect(await asking('/keys', '203.0.113.7', { headers: plain })).toMatchObject({
      status: 307,
      headers: { location: `${origin}/keys` },
    })
    const refused = await asking('/v1/models', '203.0.113.7', { headers: plain })
    expect([refused.status, JSON.parse(refused.body).error.code]).toEqual([400, 'https_required'])
    const elsewhere = { 'x-forwarded-host': host }
    expect(
      (await asking('/v1/models', '203.0.113.7', { host: 'evil.test', headers: elsewhere })).status,
    ).toBe(421)
    const led = await asking('/.well-known/oauth-authorization-server', '203.0.113.7', {
      headers: { 'x-forwarded-host': 'evil.test' },
    })
    expect(led.body).not.toContain('evil.test')
  })

  it('the page of a local outbox does not open behind a proxy', async () => {
    expect(JSON.parse((await asking('/v1/sign_in', '127.0.0.1')).body).outbox_readable).toBe(false)
  })
})
