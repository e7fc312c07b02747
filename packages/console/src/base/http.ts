import type { HttpBindings } from '@hono/node-server'
import { clientOf } from '@latchstring/kit/client-address'
import { newRequestId } from '@latchstring/kit/request-id'
import { Failure } from '@latchstring/protocol'
import { api } from '@latchstring/protocol/api'
import type { Endpoint } from '@latchstring/protocol/api/endpoint'
import { authorize } from '@latchstring/protocol/decide/authorize'
import { failureBody, failureHeaders } from '@latchstring/protocol/decide/failure-body'
import type { Context } from 'hono'
import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type * as z from 'zod'
import type { Base } from './base.ts'
import type { Caller, Origin } from './caller.ts'
import { isFresh } from './caller.ts'
import { cookieReader, cookieWriter } from './cookies.ts'
import { judgeSite } from './cross-site.ts'
import { nestsDeeper } from './nesting.ts'
import type { Call } from './routes.ts'
import { asFailure } from './storage-failures.ts'

/** Longest body of an endpoint of the table, bytes. */
const longestBody = 1024 * 1024
/** How deep a body may nest. What reads, compares and writes JSON is recursive and would fail half-way. */
const deepestBody = 100

type AnyHandler = (call: Call<Endpoint>) => Promise<unknown>

export type HttpOptions = {
  base: Base
  /** Who a request is from; null for nobody. Throws `Failure` where a credential came that is no good. */
  authenticate(request: Request, origin: Origin): Promise<Caller | null>
  /** The handlers of every feature, by noun and verb. */
  handlers: Record<string, Record<string, unknown>>
}

/** Mounts every line of the endpoint table; a line without handler does not start. */
export function makeHttp({ base, authenticate, handlers }: HttpOptions): Hono {
  const app = new Hono()
  for (const [noun, verbs] of Object.entries(api)) {
    for (const [verb, line] of Object.entries(verbs as Record<string, Endpoint>)) {
      const handler = handlers[noun]?.[verb] as AnyHandler | undefined
      if (handler === undefined) throw new Error(`no handler for ${noun}.${verb}`)
      app.on(line.method, line.path.replaceAll(/\{([^}]+)\}/g, ':$1'), context =>
        answer(context, line, async (origin, reply) => {
          judgeSite(context.req.raw, base.settings.url)
          const caller = await authenticate(context.req.raw, origin)
          admit(line, caller, base.now())
          const input = await read(context, line)
          return await handler({ ...input, base, origin, reply, caller: caller as Caller })
        }),
      )
    }
  }
  const refuse = (context: Context) =>
    answer(context, null, () => {
      throw new Failure(knownPath(context.req.path) ? 'method_not_allowed' : 'not_found')
    })
  app.all('*', refuse)
  return app

  async function answer(
    context: Context,
    line: Endpoint | null,
    act: (origin: Origin, reply: Call<Endpoint>['reply']) => Promise<unknown>,
  ): Promise<Response> {
    const cookies = cookieWriter(base.settings.url)
    const origin = originOf(context, base.settings.url)
    const { requestId } = origin
    try {
      const output = await act(origin, cookies)
      const headers = new Headers({ 'request-id': requestId, 'cache-control': 'no-store' })
      for (const cookie of cookies.written) headers.append('set-cookie', cookie)
      return context.json(
        output as object,
        (line?.status ?? 200) as ContentfulStatusCode,
        headerRecord(headers),
      )
    } catch (thrown) {
      const failure = toFailure(thrown)
      const level = failure.status >= 500 ? 'error' : 'debug'
      base.log[level](
        { requestId, code: failure.code, path: context.req.path, error: failure.cause ?? failure },
        'refused',
      )
      return context.body(
        JSON.stringify(failureBody(failure, requestId)),
        failure.status as ContentfulStatusCode,
        { ...failureHeaders(failure, requestId), 'cache-control': 'no-store' },
      )
    }
  }
}

/** Where a request came from. The address is the socket's, or what a named proxy says (kit/client-address). */
export const originOf = (context: Context, url: string): Origin => ({
  requestId: newRequestId(),
  address: clientOf((context.env as HttpBindings).incoming).address,
  userAgent: (context.req.header('user-agent') ?? '').slice(0, 300),
  forwarded: proxyHeaders.some(name => context.req.header(name) !== undefined),
  cookie: cookieReader(context.req.header('cookie'), url),
})

const proxyHeaders = [
  'x-forwarded-for',
  'forwarded',
  'x-real-ip',
  'x-forwarded-host',
  'x-forwarded-proto',
  'via',
]

const headerRecord = (headers: Headers): Record<string, string | string[]> => {
  const record: Record<string, string | string[]> = Object.fromEntries(headers)
  const cookies = headers.getSetCookie()
  if (cookies.length > 0) record['set-cookie'] = cookies
  return record
}

function toFailure(thrown: unknown): Failure {
  const error = asFailure(thrown)
  return error instanceof Failure ? error : new Failure('internal', { cause: error })
}

/** Whether the caller may use a line of the table. */
function admit(line: Endpoint, caller: Caller | null, now: number): void {
  const { access } = line
  if (access === 'public') return
  if (caller === null) throw new Failure('not_signed_in')
  if (access === 'signed_in') return
  // The session of somebody who has not proved their address yet opens nothing else.
  if (caller.session?.settingUp) throw new Failure('not_signed_in')
  if (access === 'fresh') {
    if (caller.session?.kind !== 'web') throw new Failure('permission_denied')
    if (!isFresh(caller.session, now)) throw new Failure('fresh_sign_in_needed')
    return
  }
  const refusal = authorize(caller.role, caller.means, access)
  if (refusal !== undefined) throw new Failure(refusal)
}

async function read(context: Context, line: Endpoint) {
  return {
    params: line.params ? parse(line.params, context.req.param(), 'path') : undefined,
    query: line.query ? parse(line.query, queryOf(context.req.raw), 'query') : undefined,
    body: line.body ? parse(line.body, await readJson(context.req.raw), 'body') : undefined,
  }
}

/** Names ending in `[]` are lists in the published API; a bare repeat means the same. */
function queryOf(request: Request): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {}
  for (const [name, value] of new URL(request.url).searchParams) {
    const bare = name.replace(/\[\]$/, '')
    const before = query[bare]
    if (name.endsWith('[]') || before !== undefined)
      query[bare] = [...(Array.isArray(before) ? before : before === undefined ? [] : [before]), value]
    else query[bare] = value
  }
  return query
}

function parse(schema: z.ZodType, value: unknown, where: string): never {
  const result = schema.safeParse(value)
  if (result.success) return result.data as never
  const [issue] = result.error.issues
  const field = issue === undefined || issue.path.length === 0 ? where : issue.path.join('.')
  throw new Failure('invalid_request', { message: `${field}: ${issue?.message ?? 'not as expected'}` })
}

async function readJson(request: Request): Promise<unknown> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw new Failure('unsupported_media_type')
  if (Number(request.headers.get('content-length') ?? 0) > longestBody) throw new Failure('body_too_large')
  const value = parseJson(await readBytes(request))
  if (nestsDeeper(value, deepestBody))
    throw new Failure('invalid_request', { message: `body: nests deeper than ${deepestBody} levels` })
  return value
}

async function readBytes(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of request.body ?? []) {
      length += chunk.length
      if (length > longestBody) throw new Failure('body_too_large')
      chunks.push(chunk)
    }
  } catch (cause) {
    // Whoever hangs up in the middle of a body is no fault of the server, and least of all of its storage.
    throw cause instanceof Failure ? cause : new Failure('malformed_json', { cause })
  }
  return Buffer.concat(chunks)
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // The parser's words quote the body, which may hold a secret: they stay out of the log.
    throw new Failure('malformed_json')
  }
}

const patterns = Object.values(api)
  .flatMap(verbs => Object.values(verbs as Record<string, Endpoint>))
  .map(line => new RegExp(`^${line.path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`))
const knownPath = (path: string) => patterns.some(pattern => pattern.test(path))
