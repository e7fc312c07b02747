import { once } from 'node:events'
import type { OutgoingHttpHeaders } from 'node:http'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Failure } from '@latchstring/protocol'
import { endpoints } from '@latchstring/protocol/api'
import type { Role } from '@latchstring/protocol/codes/roles'
import type { Means } from '@latchstring/protocol/decide/authorize'
import { onTestFinished } from 'vitest'
import type { Caller } from '../caller.ts'
import { freshMs } from '../caller.ts'
import { makeHttp } from '../http.ts'
import type { Call } from '../routes.ts'
import type { TestBase } from './base.ts'
import { makeTestBase } from './base.ts'

// biome-ignore lint/suspicious/noExplicitAny: handlers of any line of the table stand in for the real ones.
type Any = any
type Stub = (call: Call<Any>) => Promise<unknown>

/** The table of endpoints on a real server; every handler answers what it was given, but for those of `stubs`. */
export async function serve(who: Caller | null | Failure, stubs: Record<string, Stub> = {}) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://localhost:${port}`
  const base: TestBase = await makeTestBase({ settings: { url } })
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await base.close()
  })
  const echo: Stub = async ({ params, query, body }) => ({ params, query, body })
  const handlers: Record<string, Record<string, Stub>> = {}
  for (const { name } of endpoints) {
    const [noun = '', verb = ''] = name.split('.')
    handlers[noun] = { ...handlers[noun], [verb]: stubs[name] ?? echo }
  }
  const http = makeHttp({
    base,
    handlers,
    authenticate: async () => {
      if (who instanceof Failure) throw who
      return who
    },
  })
  server.on('request', getRequestListener(http.fetch))

  async function send(
    method: string,
    path: string,
    given: { body?: string | Uint8Array; json?: unknown; headers?: OutgoingHttpHeaders } = {},
  ) {
    const type = given.json === undefined ? {} : { 'content-type': 'application/json' }
    const asked = request({ host: '127.0.0.1', port, method, path, headers: { ...type, ...given.headers } })
    asked.end(given.json === undefined ? given.body : JSON.stringify(given.json))
    const [response] = await once(asked, 'response')
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString('utf8')
    return {
      status: response.statusCode as number,
      headers: response.headers as Record<string, Any>,
      body: (text === '' ? undefined : JSON.parse(text)) as Any,
    }
  }
  return { base, url, port, send }
}

/** The owner in a browser that has just signed in, but for what is said otherwise. */
export function caller(
  more: { role?: Role; means?: Means; age?: number; settingUp?: boolean; session?: null } = {},
): Caller {
  const means = more.means ?? { kind: 'web' }
  const now = Date.now() - (more.age ?? 0)
  const session = {
    id: 'session_1',
    kind: means.kind === 'agent' ? ('agent' as const) : ('web' as const),
    createdAt: now,
    authenticatedAt: now,
    expiresAt: now + 10 * freshMs,
    settingUp: more.settingUp ?? false,
  }
  return {
    organization: { id: 'org', name: 'Acme' },
    person: { id: 'user_1', email: 'ada@acme.test', name: 'Ada' },
    role: more.role ?? 'owner',
    means,
    by: 'session_1',
    session: means.kind === 'key' ? null : session,
  }
}

/** Status and failure code of a refusal. */
export const refusal = (answer: { status: number; body: Any }) => [answer.status, answer.body?.error?.code]
