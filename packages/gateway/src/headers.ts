import type { RawHeaders } from './provider.ts'

/** Headers of one connection only (RFC 9110 §7.6.1), and those that proxies use among themselves. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** The agent's credentials, what says where it is, and what the next hop writes by itself. */
const notForProviders = new Set([
  'host',
  'expect',
  'content-length',
  'authorization',
  'x-api-key',
  'cookie',
  'forwarded',
  'x-real-ip',
  'accept-encoding',
])

/** Cookies of the provider, and whose account it is. `request-id` is ours; theirs travels under another name. */
const notForAgents = new Set([
  'set-cookie',
  'set-cookie2',
  'anthropic-organization-id',
  'request-id',
  'x-provider-request-id',
])

export function headerOf(headers: RawHeaders, name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() === name) return headers[i + 1]
  }
  return undefined
}

/**
 * What of an agent's headers goes on to a provider: all but the above, in order and case. `accept-encoding` becomes
 * `identity`, because a reply that is metered must be readable and must reach the agent byte for byte.
 */
export function headersForProvider(headers: RawHeaders): RawHeaders {
  return [
    ...keep(headers, name => !notForProviders.has(name) && !name.startsWith('x-forwarded-')),
    'accept-encoding',
    'identity',
  ]
}

/** What of a provider's headers reaches the agent: all but the above, in order and case, and both request ids. */
export function headersForAgent(headers: RawHeaders, requestId: string): RawHeaders {
  const kept = keep(headers, name => !notForAgents.has(name))
  kept.push('request-id', requestId)
  const theirs = headerOf(headers, 'request-id')
  if (theirs !== undefined) kept.push('x-provider-request-id', theirs)
  return kept
}

/** A reason is for people and may be left out (RFC 9112 §4); one with other bytes than it may hold is. */
export const reasonForAgent = (text: string): string => (/^[\t\x20-\x7e\x80-\xff]*$/.test(text) ? text : '')

function keep(headers: RawHeaders, wanted: (name: string) => boolean): RawHeaders {
  const named = connectionNames(headers)
  const kept: RawHeaders = []
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase()
    if (!hopByHop.has(name) && !named?.has(name) && wanted(name))
      kept.push(headers[i] as string, headers[i + 1] as string)
  }
  return kept
}

/** Names that a Connection header makes hop-by-hop. */
function connectionNames(headers: RawHeaders): Set<string> | undefined {
  let names: Set<string> | undefined
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if ((headers[i] as string).toLowerCase() !== 'connection') continue
    names ??= new Set()
    for (const name of (headers[i + 1] as string).split(',')) names.add(name.trim().toLowerCase())
  }
  return names
}
