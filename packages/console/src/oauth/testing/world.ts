import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AccessTokenClaims } from '@latchstring/kit/access-token'
import { keysById, readAccessToken } from '@latchstring/kit/access-token'
import { noteClient } from '@latchstring/kit/client-address'
import { latchClientId } from '@latchstring/protocol/base/names'
import type { Role } from '@latchstring/protocol/codes/roles'
import { vi } from 'vitest'
import { operator } from '../../audit/service.ts'
import type { Caller, Origin } from '../../base/caller.ts'
import { cookieWriter } from '../../base/cookies.ts'
import { makeTestBase } from '../../base/testing/base.ts'
import { addMember } from '../../members/service.ts'
import { createOrganization } from '../../organizations/service.ts'
import { endSessionsOf, startWebSession } from '../../sessions/service.ts'
import { deviceGrant } from '../clients.ts'
import { oauthRoutes } from '../routes.ts'
import type { Oauth } from '../service.ts'
import { dropGrant, makeOauth } from '../service.ts'

export type Json = Record<string, unknown>
export type Answer = { status: number; headers: Headers; body: Json; text: string }
export type Tokens = { access_token: string; refresh_token: string; expires_in: number; email: string }
/** A signed-in browser. */
export type Browser = { caller: Caller; cookie: string }
export type OauthWorld = Awaited<ReturnType<typeof makeOauthWorld>>

/** What the recorded agents send, word for word. */
export const agents = {
  /** An empty body without content type, and `axios`. */
  '2.1.197': { 'user-agent': 'axios/1.15.2' },
  '2.1.330': { 'user-agent': 'claude-cli/2.1.330 (external, cli)' },
}

/** A real server on loopback with its database, one organisation, one developer, and a clock that only tests move. */
export async function makeOauthWorld() {
  vi.useFakeTimers({ toFake: ['Date'] })
  let oauth: Oauth
  let address: string | undefined
  const server = await listen((incoming, outgoing) => {
    if (address !== undefined) noteClient(incoming, { address, proxied: false, encrypted: false })
    oauth.listener(incoming, outgoing)
  })
  const { port } = server.address() as AddressInfo
  const url = `http://localhost:${port}`
  const base = await makeTestBase({
    settings: { url },
    // On the second: tokens count in seconds.
    start: Math.floor(Date.now() / 1000) * 1000,
    happen: made => async (happening, what) => {
      if (happening === 'sessionEnded') await dropGrant(made, (what as { grantId: string | null }).grantId)
      if (happening === 'memberEnded') {
        const { organizationId, personId } = what as { organizationId: string; personId: string }
        await endSessionsOf(made, organizationId, personId, 'member removed')
      }
    },
  })
  vi.setSystemTime(base.now())
  oauth = await makeOauth(base)
  const organization = await createOrganization(base, 'Acme')

  const signIn = async (email: string, role: Role = 'developer'): Promise<Browser> => {
    const member = await addMember(base, operator(organization.id), null, { email, role })
    const at = { organizationId: organization.id, personId: member.id, actor: operator(organization.id) }
    const web = await startWebSession(base, { ...at, origin: approver, method: 'passkey' })
    const jar = cookieWriter(url)
    jar.setCookie('session', web.secret, web.maxAgeSeconds)
    const session = {
      id: web.id,
      kind: 'web' as const,
      createdAt: base.now(),
      authenticatedAt: base.now(),
      expiresAt: base.now() + web.maxAgeSeconds * 1000,
      settingUp: false,
    }
    const person = { id: member.id, email, name: member.name }
    const caller: Caller = { organization, person, role, means: { kind: 'web' }, by: web.id, session }
    return { caller, cookie: jar.written[0]?.split(';')[0] ?? '' }
  }
  const ada = await signIn('ada@acme.test')

  const ask = async (path: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, { redirect: 'manual', ...init })
    const text = await response.text()
    const json = response.headers.get('content-type')?.includes('json') === true
    return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : {} }
  }
  const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    ask(path, { method: 'POST', body: new URLSearchParams(form), headers })
  const token = (form: Record<string, string>) => post('/oauth/token', form)
  const call = (browser: Browser, origin: Partial<Origin> = {}) => ({
    base,
    caller: browser.caller,
    origin: { ...approver, ...origin },
    reply: { setCookie() {}, clearCookie() {} },
    params: undefined,
    query: undefined,
    body: undefined,
  })
  const decide = (userCode: string, approve: boolean, browser = ada) =>
    oauthRoutes.decideDevice({
      ...call(browser),
      body: { user_code: userCode.replace('-', ''), approve },
    })

  return {
    base,
    url,
    ada,
    signIn,
    ask,
    post,
    token,
    call,
    decide,
    refresh: (refreshToken: string, more: Record<string, string> = {}) =>
      token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...more }),
    poll: (deviceCode: string, more: Record<string, string> = {}) =>
      token({ grant_type: deviceGrant, device_code: deviceCode, ...more }),
    startDevice: async (form: Record<string, string> = { surface: 'claude_code' }) =>
      (await post('/oauth/device_authorization', form, agents['2.1.330'])).body as Record<string, string>,
    /** Signs an agent in by a code; without a client it is a stock one. */
    async device(clientId?: string): Promise<Tokens> {
      const client: Record<string, string> = clientId === undefined ? {} : { client_id: clientId }
      const started = (await post('/oauth/device_authorization', client, agents['2.1.330'])).body
      await decide(String(started['user_code']), true)
      return (await this.poll(String(started['device_code']), client)).body as Tokens
    },
    claims(accessToken: string): AccessTokenClaims | undefined {
      const { issuer, audience, keys } = oauth.issuer()
      return readAccessToken(accessToken, { issuer, audience, keys: keysById(keys) }, base.now())
    },
    events: async (event: string) =>
      (await base.database.handle().selectFrom('audit_lines').selectAll().execute())
        .filter(line => line.event === event)
        .map(line => JSON.parse(line.details) as Json),
    sessions: () =>
      base.database.handle().selectFrom('sessions').selectAll().where('kind', '=', 'agent').execute(),
    /** From now on requests come from there. */
    moveTo(place: string) {
      address = place
    },
    /** Time goes by, for the server and for the library in it. */
    advance(seconds: number) {
      base.advance(seconds * 1000)
      vi.setSystemTime(base.now())
    },
    followKeys: () => oauth.followKeys(),
    /** The process ends and a new one starts on the same data. */
    async restart() {
      await base.database.close()
      base.database = base.openAgain()
      oauth = await makeOauth(base)
    },
    /** A request whose line and headers say whatever they like. */
    raw: (options: { method: string; path: string; headers: Record<string, string> }) =>
      new Promise<Answer>((resolve, reject) => {
        const sent = request({ host: '127.0.0.1', port, ...options }, reply => {
          const chunks: Buffer[] = []
          reply.on('data', chunk => chunks.push(chunk))
          reply.on('end', () => {
            const text = Buffer.concat(chunks).toString()
            const json = reply.headers['content-type']?.includes('json') === true
            const headers = new Headers(Object.entries(reply.headers).map(([k, v]) => [k, String(v)]))
            resolve({ status: reply.statusCode ?? 0, headers, text, body: json ? JSON.parse(text) : {} })
          })
        })
        sent.on('error', reject)
        sent.end()
      }),
    async close() {
      server.closeAllConnections()
      await new Promise<void>(done => void server.close(() => done()))
      await base.close()
      vi.useRealTimers()
    },
  }
}

/** Where approvals come from: another machine than the agent's. */
const approver: Origin = {
  requestId: 'req_1',
  address: '198.51.100.7',
  userAgent: 'Browser',
  forwarded: false,
  cookie: () => undefined,
}

export const newPkce = () => {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

export const authorizeQuery = (
  redirectUri: string,
  challenge: string,
  change: Record<string, string | null> = {},
) => {
  const query = new URLSearchParams({
    client_id: latchClientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: 'state-of-the-program',
  })
  for (const [name, value] of Object.entries(change)) {
    if (value === null) query.delete(name)
    else query.set(name, value)
  }
  return `/oauth/authorize?${query}`
}

/** A browser's cookies: what a reply sets is sent again, paths and all. */
export class Jar {
  readonly #kept = new Map<string, { value: string; path: string }>()

  take(answer: Answer): void {
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ')
      const at = pair.indexOf('=')
      const path = attributes.find(one => one.startsWith('path='))?.slice(5) ?? '/'
      this.#kept.set(pair.slice(0, at), { value: pair.slice(at + 1), path })
    }
  }

  for(path: string): string {
    return [...this.#kept]
      .filter(([, cookie]) => path.startsWith(cookie.path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ')
  }
}

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(answer)
  await new Promise<void>(done => void server.listen(0, '127.0.0.1', done))
  return server
}
