import { endpoints } from '@latchstring/protocol/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BrowserClient } from '../support/browser-client.ts'
import { runCommand } from '../support/run-command.ts'
import type { TestServer } from '../support/running-server.ts'
import { startTestServer } from '../support/running-server.ts'
import { signInAgent } from '../support/sign-in-agent.ts'

/** Tokens that claim more than they are, accounts that somebody else made first, and a log that only grows. */
let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.stop())

const statusOf = async (path: string, headers: Record<string, string>) =>
  (await fetch(`${server.url}${path}`, { headers })).status

describe('A8 DPoP is not offered, and nothing takes it for protection', () => {
  it('the metadata names no algorithm for it', async () => {
    for (const name of ['oauth-authorization-server', 'openid-configuration']) {
      const said = (await (await fetch(`${server.url}/.well-known/${name}`)).json()) as object
      expect(Object.keys(said).filter(key => /dpop/i.test(key))).toEqual([])
    }
  })

  it('a token under the DPoP scheme opens nothing', async () => {
    const { tokens } = await signInAgent(server)
    const token = tokens?.access_token ?? ''
    for (const path of ['/v1/models', '/v1/organizations/me', '/managed/settings']) {
      const bearer = await statusOf(path, { authorization: `Bearer ${token}` })
      expect([path, bearer === 401]).toEqual([path, false])
      for (const scheme of ['DPoP', 'dpop', 'Bearer DPoP'])
        expect([
          path,
          scheme,
          await statusOf(path, { authorization: `${scheme} ${token}`, dpop: 'a.b.c' }),
        ]).toEqual([path, scheme, 401])
    }
  })

  it('a token that was asked for with a proof is a bearer token and says so', async () => {
    const agent = await signInAgent(server)
    const response = await fetch(`${server.url}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', dpop: 'a.b.c' },
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: agent.tokens?.refresh_token ?? '',
        dpop_jkt: 'x'.repeat(43),
      }),
    })
    const reply = (await response.json()) as { token_type: string; access_token: string }
    expect([response.status, reply.token_type]).toEqual([200, 'Bearer'])
    const claims = JSON.parse(Buffer.from(reply.access_token.split('.')[1] ?? '', 'base64url').toString())
    expect(claims).not.toHaveProperty('cnf')
  })
})

describe('W6 an account is the address’s, not whoever’s asked first', () => {
  type User = { id: string }
  const add = (email: string) =>
    server.owner.send('POST', '/v1/organizations/users', { email, name: email, role: 'developer' })

  it('no spelling of an address makes a second account for it', async () => {
    expect((await add('ada@acme.test')).status).toBe(201)
    for (const email of ['ADA@acme.test', 'Ada@ACME.test'])
      expect([email, (await add(email)).status]).toEqual([email, 409])
    for (const email of [
      'аda@acme.test',
      'ada@acme.test ',
      'ada@acme.test\u0000',
      'ａda@acme.test',
      'ada@аcme.test',
    ])
      expect([email, (await add(email)).status]).toEqual([email, 400])
  })

  it('asking for a link signs nobody in and makes no account', async () => {
    for (const email of ['ada@acme.test', 'stranger@acme.test']) {
      const asking = new BrowserClient(server.url)
      expect((await asking.send('POST', '/v1/sign_in/links', { email })).status).toBe(202)
      expect((await asking.send('GET', '/v1/organizations/me')).status).toBe(401)
    }
    const { data } = await server.owner.ask<{ data: { email: string }[] }>('GET', '/v1/organizations/users')
    expect(data.map(({ email }) => email)).not.toContain('stranger@acme.test')
  })

  it('an address that is added again gets back neither the sessions nor the keys that it had', async () => {
    const eve = (await add('eve@acme.test')).body as User
    const browser = await server.browserOf('eve@acme.test')
    const agent = await signInAgent(server, browser)
    const key = await browser.ask<{ secret: string }>('POST', '/v1/organizations/api_keys', { name: 'Key' })
    const opens = async () => [
      (await browser.send('GET', '/v1/organizations/sessions/current')).status,
      (await agent.message('hi', 'sandbox', false)).status,
      await statusOf('/v1/models', { 'x-api-key': key.secret }),
    ]
    expect(await opens()).toEqual([200, 200, 200])
    await server.owner.ask('DELETE', `/v1/organizations/users/${eve.id}`)
    expect((await add('eve@acme.test')).status).toBe(201)
    expect(await opens()).toEqual([401, 401, 401])
    expect((await agent.refresh()).status).toBe(401)
  })
})

describe('W10 the audit log only grows', () => {
  const path = '/v1/organizations/audit_lines'
  type Line = { id: string }
  const lines = async () => (await server.owner.ask<{ data: Line[] }>('GET', `${path}?limit=1000`)).data

  it('no address changes, removes or adds a line, whoever asks', async () => {
    const audit = endpoints.filter(({ path }) => path.includes('audit'))
    expect(audit.length).toBeGreaterThan(0)
    expect(audit.filter(({ method }) => method !== 'GET')).toEqual([])
    const before = await lines()
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      for (const at of [path, `${path}/${before[0]?.id}`]) {
        const { status } = await server.owner.send(method, at, {})
        expect([method, at, [404, 405].includes(status)]).toEqual([method, at, true])
      }
    expect((await lines()).slice(-before.length)).toEqual(before)
  })

  it('whatever people call their things, the chain holds and no export runs it', async () => {
    for (const name of ['=HYPERLINK("http://evil.test")', '+1', '@SUM(1)', '-2'])
      await server.owner.ask('POST', '/v1/organizations/api_keys', { name })
    const response = await fetch(`${server.url}${path}`, {
      headers: { 'x-api-key': server.adminKey, accept: 'text/csv' },
    })
    expect(response.headers.get('content-type')).toBe('application/json')
    const { status, out, err } = await runCommand(server.environment, server.folder, 'audit', 'verify')
    expect([status, out, err]).toEqual([0, expect.any(String), expect.any(String)])
  })
})
