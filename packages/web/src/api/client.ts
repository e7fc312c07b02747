import type { Api } from '@latchstring/protocol/api'
import type { Endpoint, Input, Output } from '@latchstring/protocol/api/endpoint'
import { failureFrom, unreachable } from './failure.ts'

/** Noun, verb, `METHOD /path/{parameter}`. */
export type Routes = Record<string, Record<string, string>>

type Given = { params?: Record<string, unknown>; query?: Record<string, unknown>; body?: unknown }
type More = { signal?: AbortSignal }

type Call<E extends Endpoint> =
  Record<never, never> extends Input<E>
    ? (input?: Input<E>, more?: More) => Promise<Output<E>>
    : (input: Input<E>, more?: More) => Promise<Output<E>>

/** Every endpoint of the table as a function, `client.keys.create({ body })`. */
export type Client = {
  [Noun in keyof Api]: {
    [Verb in keyof Api[Noun]]: Api[Noun][Verb] extends Endpoint ? Call<Api[Noun][Verb]> : never
  }
}

/**
 * The request that a line of the table and an input make.
 *
 * @example
 * requestOf('DELETE /v1/keys/{key_id}', { params: { key_id: 'a/b' } }) // { method: 'DELETE', url: '/v1/keys/a%2Fb' }
 */
export function requestOf(route: string, given: Given = {}) {
  const [method = '', path = ''] = route.split(' ')
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(given.params?.[name])),
  )
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(given.query ?? {})) {
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value))
  }
  const url = query.size > 0 ? `${filled}?${query}` : filled
  return given.body === undefined ? { method, url } : { method, url, body: JSON.stringify(given.body) }
}

async function readJson(response: Response): Promise<unknown> {
  return response.json().catch(() => undefined)
}

/**
 * The client of this console's own origin: session cookie, JSON both ways.
 *
 * @throws ApiFailure for every answer that is not a success, and where there was no answer
 */
export function makeClient(routes: Routes, send: typeof fetch): Client {
  const call = (route: string) => async (given?: Given, more?: More) => {
    const { method, url, body } = requestOf(route, given)
    const response = await send(url, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body ?? null,
      signal: more?.signal ?? null,
    }).catch((cause: unknown) => {
      throw more?.signal?.aborted ? cause : unreachable()
    })
    const answer = await readJson(response)
    if (!response.ok || answer === undefined)
      throw failureFrom(response.status, answer, response.headers.get('request-id'))
    return answer
  }
  const verbs = (lines: Record<string, string>) =>
    new Proxy(
      {},
      { get: (_, verb) => (typeof verb === 'string' && lines[verb] ? call(lines[verb]) : undefined) },
    )
  return new Proxy(
    {},
    { get: (_, noun) => (typeof noun === 'string' && routes[noun] ? verbs(routes[noun]) : undefined) },
  ) as Client
}
