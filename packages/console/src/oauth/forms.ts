import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { agentScope, stockAgentClientId } from '@latchstring/protocol/base/names'
import type { Form } from './asking.ts'
import { OauthRefusal } from './asking.ts'
import { deviceGrant } from './clients.ts'

/** Longest body of an OAuth request, bytes. */
const longestBody = 16 * 1024

/**
 * Reads a form before anything else is done, so that a slow sender holds nothing up. Older agents send no body and no
 * content type at all (recorded, 2.1.197): an empty form. A parameter without value counts as left out, one given twice
 * is refused (RFC 6749 §3.2).
 */
export async function readForm(request: IncomingMessage): Promise<Form> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > longestBody) throw new OauthRefusal(413, 'invalid_request', 'The request is too long.')
    chunks.push(chunk)
  }
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (length > 0 && type !== 'application/x-www-form-urlencoded')
    throw new OauthRefusal(
      400,
      'invalid_request',
      'Send the parameters as application/x-www-form-urlencoded.',
    )
  const form = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(Buffer.concat(chunks).toString('utf8'))) {
    if (value === '') continue
    if (form.has(name))
      throw new OauthRefusal(400, 'invalid_request', `${name.slice(0, 40)} was given more than once.`)
    form.set(name, value)
  }
  return form
}

const byGrant: Record<string, readonly string[]> = {
  refresh_token: ['refresh_token', 'refresh_id'],
  [deviceGrant]: ['device_code'],
  authorization_code: ['code', 'redirect_uri', 'code_verifier'],
}

/** Keeps what an endpoint takes and drops the rest; no client_id becomes the one client of stock agents. */
export function keepDeviceForm(form: Form): Form {
  return new Map([
    ['client_id', form.get('client_id') ?? stockAgentClientId],
    ['scope', agentScope],
  ])
}

export function keepTokenForm(form: Form): Form {
  const kept = new Map([['client_id', form.get('client_id') ?? stockAgentClientId]])
  const grantType = form.get('grant_type')
  if (grantType === undefined) return kept
  kept.set('grant_type', grantType)
  for (const name of Object.hasOwn(byGrant, grantType) ? (byGrant[grantType] ?? []) : []) {
    const value = form.get(name)
    if (value !== undefined) kept.set(name, value)
  }
  return kept
}

/** What a browser may ask with; the scope is always the one there is (RFC 6749 §3.3). Doubles stay, to be refused. */
const authorizeParameters = new Set([
  'client_id',
  'response_type',
  'redirect_uri',
  'state',
  'code_challenge',
  'code_challenge_method',
])

export function keepAuthorizeQuery(query: string): string {
  const kept = new URLSearchParams(
    [...new URLSearchParams(query)].filter(([name]) => authorizeParameters.has(name)),
  )
  kept.set('scope', agentScope)
  return kept.toString()
}

/** Gives the library a form to read in place of the body that was read already. */
export function replaceBody(request: IncomingMessage, form: Form): void {
  const body = Buffer.from(new URLSearchParams([...form]).toString())
  request.headers['content-type'] = 'application/x-www-form-urlencoded'
  request.headers['content-length'] = String(body.length)
  delete request.headers['transfer-encoding']
  Object.defineProperty(request, 'readable', { value: true, configurable: true })
  Object.defineProperty(request, 'iterator', {
    value: (options: object) => Readable.from([body]).iterator(options),
    configurable: true,
  })
}
