import { once } from 'node:events'
import type { OutgoingHttpHeaders } from 'node:http'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { TokenIssuer } from '@latchstring/protocol/gateway-contract'
import { onTestFinished } from 'vitest'
import { auditRoutes } from '../../audit/routes.ts'
import type { Base, Settings } from '../../base/base.ts'
import type { Happenings } from '../../base/happenings.ts'
import { makeHttp } from '../../base/http.ts'
import type { Mail } from '../../base/mail.ts'
import type { TestBase } from '../../base/testing/base.ts'
import { makeTestBase } from '../../base/testing/base.ts'
import { keyRoutes } from '../../keys/routes.ts'
import { archiveKeysOf } from '../../keys/service.ts'
import { memberRoutes } from '../../members/routes.ts'
import { organizationRoutes } from '../../organizations/routes.ts'
import { sessionRoutes } from '../../sessions/routes.ts'
import { endSessionsOf } from '../../sessions/service.ts'
import { authenticate } from '../authenticate.ts'
import { signInRoutes } from '../routes.ts'
import { initialize } from '../setup.ts'

export type Answer = {
  status: number
  headers: Record<string, string | string[] | undefined>
  /** The `set-cookie` headers. */
  cookies: string[]
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what the server wrote, whatever it is.
  body: any
}

/** Status and failure code of a refusal. */
export const code = (answer: Answer) => [answer.status, answer.body?.error?.code]

type Sent = {
  method: string
  path: string
  json?: unknown
  body?: string | Uint8Array
  headers?: OutgoingHttpHeaders
}

const happen =
  (base: Base): Happenings =>
  async (happening, what) => {
    if (!('personId' in what)) return
    const reason = happening === 'memberEnded' ? 'member removed' : 'role changed'
    await endSessionsOf(base, what.organizationId, what.personId, reason)
    if (happening === 'memberEnded') await archiveKeysOf(base, what.organizationId, what.personId)
  }

/** The features whose routes sign-in meets; the others answer nothing. */
const absent = new Proxy({}, { get: () => () => Promise.reject(new Error('not in this test')) })
const handlers = {
  organizations: organizationRoutes,
  members: memberRoutes,
  sessions: sessionRoutes,
  keys: keyRoutes,
  audit: auditRoutes,
  signIn: signInRoutes,
  providers: absent,
  policies: absent,
  usage: absent,
  oauth: absent,
}

export type TestConsole = Awaited<ReturnType<typeof startConsole>>

/** A console on a real server of loopback, port 0, with its own data and a given clock. Ends with its test. */
export async function startConsole(options: { settings?: Partial<Settings>; issuer?: TokenIssuer } = {}) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = options.settings?.url ?? `http://localhost:${port}`
  const base: TestBase = await makeTestBase({ settings: { ...options.settings, url }, happen })

  const mails: Mail[] = []
  const waiting: (() => void)[] = []
  const { send } = base.mailer
  base.mailer.send = async mail => {
    await send(mail)
    mails.push(mail)
    for (const tell of waiting.splice(0)) tell()
  }

  const issuer = options.issuer ?? { issuer: url, audience: url, keys: [] }
  const http = makeHttp({
    base,
    authenticate: (incoming, origin) => authenticate(base, () => issuer, incoming, origin),
    handlers,
  })
  server.on('request', getRequestListener(http.fetch))

  async function send_({ method, path, json, body, headers = {} }: Sent): Promise<Answer> {
    const payload = json === undefined ? body : JSON.stringify(json)
    const type = json === undefined ? {} : { 'content-type': 'application/json' }
    const asked = request({ host: '127.0.0.1', port, method, path, headers: { ...type, ...headers } })
    asked.end(payload)
    const [response] = await once(asked, 'response')
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString('utf8')
    return {
      status: response.statusCode,
      headers: response.headers,
      cookies: response.headers['set-cookie'] ?? [],
      body: text === '' ? undefined : JSON.parse(text),
    }
  }

  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await base.close()
  })
  return {
    base,
    url,
    mails,
    /** The mail after the first `count`, when it has been handed over. */
    async mail(count = 0): Promise<Mail> {
      while (mails.length <= count) await new Promise<void>(resolve => waiting.push(resolve))
      return mails[count] as Mail
    },
    /** One request without cookies. */
    send: send_,
    /** A browser: keeps cookies and says where its requests come from. */
    browser() {
      const jar = new Map<string, string>()
      return {
        jar,
        async send(sent: Sent): Promise<Answer> {
          const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
          const answer = await send_({
            ...sent,
            headers: {
              ...(cookie === '' ? {} : { cookie }),
              ...(sent.method === 'GET' ? {} : { origin: url, 'sec-fetch-site': 'same-origin' }),
              ...sent.headers,
            },
          })
          for (const line of answer.cookies) {
            const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
            if (value === '') jar.delete(name)
            else jar.set(name, value)
          }
          return answer
        },
        get(path: string, headers?: OutgoingHttpHeaders) {
          return this.send({ method: 'GET', path, headers })
        },
        post(path: string, json?: unknown, headers?: OutgoingHttpHeaders) {
          return this.send({ method: 'POST', path, json, headers })
        },
        cookie: (name: 'session' | 'link') => jar.get(`latchstring_${name}_${new URL(url).port}`),
      }
    },
  }
}

export type Browser = ReturnType<TestConsole['browser']>

/** The secret of a link, as the page reads it from the fragment. */
export function tokenOf(text: string): string {
  const [, token] = /#token=([A-Za-z0-9_-]{43})(?:\s|$)/.exec(text) ?? []
  if (token === undefined) throw new Error(`no link in: ${text}`)
  return token
}

export type OwnedConsole = Awaited<ReturnType<typeof startWithOwner>>

/** A console whose owner is set up, signed in with a link made on the host. */
export async function startWithOwner(options: Parameters<typeof startConsole>[0] = {}) {
  const server = await startConsole(options)
  const founded = await initialize(server.base, { organization: 'Acme', email: 'ada@acme.test' })
  const browser = server.browser()
  const spent = await browser.post('/v1/sign_in/links/spend', { token: tokenOf(founded.signInLink) })
  if (spent.status !== 200) throw new Error(`the owner could not sign in: ${JSON.stringify(spent.body)}`)
  return { ...server, founded, owner: browser }
}

/** Every audit line of an organisation, oldest first. */
export const auditOf = (base: Base) =>
  base.database.handle().selectFrom('audit_lines').selectAll().orderBy('id').execute()
