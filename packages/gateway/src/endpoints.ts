import { Failure } from '@latchstring/protocol'

/** What is asked, told from method and path alone. */
export type Endpoint =
  | { name: 'messages' | 'count_tokens' | 'models' | 'telemetry' }
  | { name: 'model'; modelId: string }

const post = (endpoint: Endpoint) => ({ method: 'POST', endpoint })

/** Exact paths. `{id}` under models is matched below. */
const table: Readonly<Record<string, { method: string; endpoint: Endpoint }>> = {
  '/v1/messages': post({ name: 'messages' }),
  '/v1/messages/count_tokens': post({ name: 'count_tokens' }),
  '/v1/models': { method: 'GET', endpoint: { name: 'models' } },
  '/v1/metrics': post({ name: 'telemetry' }),
  '/v1/logs': post({ name: 'telemetry' }),
  '/v1/traces': post({ name: 'telemetry' }),
}

const modelPrefix = '/v1/models/'

/**
 * Path prefixes that belong to the gateway, for the server's table. Each stands for the path itself and everything
 * below it.
 */
export const gatewayPrefixes = [
  '/v1/messages',
  '/v1/models',
  '/v1/metrics',
  '/v1/logs',
  '/v1/traces',
] as const

/**
 * @param url the request target as it came, query and all
 * @example
 * matchEndpoint('POST', '/v1/messages?beta=true') // { name: 'messages' }
 * @throws Failure endpoint_not_served, method_not_allowed
 */
export function matchEndpoint(method: string, url: string): Endpoint {
  const end = url.indexOf('?')
  const path = end === -1 ? url : url.slice(0, end)
  const row = Object.hasOwn(table, path) ? table[path] : modelRow(path)
  if (row === undefined) throw new Failure('endpoint_not_served')
  if (row.method !== method) throw new Failure('method_not_allowed', { headers: { allow: row.method } })
  return row.endpoint
}

function modelRow(path: string): { method: string; endpoint: Endpoint } | undefined {
  if (!path.startsWith(modelPrefix)) return undefined
  const id = decode(path.slice(modelPrefix.length))
  if (id === undefined || id === '' || id.includes('/')) return undefined
  return { method: 'GET', endpoint: { name: 'model', modelId: id } }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
