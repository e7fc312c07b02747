import { latchClientId } from '@latchstring/protocol/base/names'
import * as oauth from 'oauth4webapi'
import { isLoopbackHost, mayCarrySecrets } from './addresses.ts'
import { LatchError, plainText } from './errors.ts'
import { version } from './version.ts'
import type { World } from './world.ts'

/** `latch` is a public client: it has no secret, PKCE and the refresh token's rotation stand for one (RFC 8252 §8.4). */
export const client: oauth.Client = { client_id: latchClientId }
export const clientAuthentication = oauth.None()

const answerWithinMilliseconds = 15_000

/** What the person who approves a sign-in is shown of this machine. */
export function userAgent(world: World): string {
  const plain = (text: string) => text.replace(/[^\x20-\x7e]+/g, '?').replace(/[();]/g, '')
  return `latch/${version} (${plain(world.platform)} ${plain(world.arch)}; ${plain(world.hostname).slice(0, 64)})`
}

/** Options for every call: our name, a time limit, and plain http for this machine itself only. */
export function callOptions(world: World, address: string) {
  return {
    headers: new Headers({ 'user-agent': userAgent(world) }),
    [oauth.allowInsecureRequests]: isLoopbackHost(new URL(address).hostname),
    [oauth.customFetch]: (url: string, init: object) => {
      if (!mayCarrySecrets(new URL(url)))
        throw new LatchError('address_refused', { sentence: `${url} is not encrypted.` })
      return world.fetch(url, { ...init, signal: limited((init as RequestInit).signal) } as RequestInit)
    },
  }
}

function limited(given: AbortSignal | null | undefined): AbortSignal {
  const limit = AbortSignal.timeout(answerWithinMilliseconds)
  return given ? AbortSignal.any([given, limit]) : limit
}

/** A server's answers to the tokens' questions. Times are seconds, as on the wire. */
export type TokenReply = {
  accessToken: string
  refreshToken: string | null
  lifetimeSeconds: number
  email: string | null
}

/** Where a reply names no lifetime, it is taken to be short. */
const unnamedLifetimeSeconds = 300

export function readTokenReply(reply: oauth.TokenEndpointResponse): TokenReply {
  return {
    accessToken: reply.access_token,
    refreshToken: reply.refresh_token ?? null,
    lifetimeSeconds: reply.expires_in ?? unnamedLifetimeSeconds,
    email: typeof reply['email'] === 'string' ? plainText(reply['email']) : null,
  }
}

/**
 * What went wrong with a call, as far as the next step depends on it: `refused` is the server's decision by an OAuth
 * error code (RFC 6749 §5.2), `unreachable` and `trouble` decide nothing, so everything is kept.
 */
export type Trouble =
  | { kind: 'refused'; code: string; description: string }
  | { kind: 'unreachable'; reason: string }
  | { kind: 'trouble'; reason: string }

/** Reads a failed call. Throws what is no failure of the call: our own errors, and mistakes in this program. */
export async function readTrouble(error: unknown): Promise<Trouble> {
  if (error instanceof LatchError) throw error
  if (error instanceof oauth.ResponseBodyError) {
    return ofAnswer(error.status, error.error, error.error_description)
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    // A refusal by 401 may carry its code in the body too (recorded: gateways answer invalid_grant with 401).
    const body = (await error.response.json().catch(() => ({}))) as Record<string, unknown>
    const challenge = error.cause[0]?.parameters
    return ofAnswer(
      error.status,
      body['error'] ?? challenge?.error,
      body['error_description'] ?? challenge?.error_description,
    )
  }
  if (error instanceof oauth.OperationProcessingError) {
    const status = error.cause instanceof Response ? error.cause.status : 0
    return {
      kind: 'trouble',
      reason: status > 0 && status !== 200 ? `it answered ${status}` : 'its answer is not OAuth',
    }
  }
  if (error instanceof Error && (error instanceof TypeError || /^(Abort|Timeout)Error$/.test(error.name))) {
    return { kind: 'unreachable', reason: networkReason(error) }
  }
  throw error
}

function ofAnswer(status: number, code: unknown, description: unknown): Trouble {
  if (status >= 500 || status === 408 || status === 429 || typeof code !== 'string') {
    return { kind: 'trouble', reason: `it answered ${status}` }
  }
  return {
    kind: 'refused',
    code: plainText(code),
    description: typeof description === 'string' ? plainText(description) : '',
  }
}

/** The network's reason in words; the code of the system stands behind it for a search. */
export function networkReason(error: Error): string {
  if (error.name === 'TimeoutError') return `no answer within ${answerWithinMilliseconds / 1000} s`
  const code = causeCode(error)
  const words: Record<string, string> = {
    ECONNREFUSED: 'nothing listens there',
    ECONNRESET: 'the connection broke off',
    UND_ERR_SOCKET: 'the connection broke off',
    ENOTFOUND: 'no such host name',
    EAI_AGAIN: 'host names cannot be looked up at the moment',
    ETIMEDOUT: 'no answer in time',
    UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
    ENETUNREACH: 'no network',
    EHOSTUNREACH: 'no way to that host',
    CERT_HAS_EXPIRED: "the server's certificate has expired",
    ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another name",
  }
  const certificate =
    'its certificate is not trusted; if your organisation has its own CA, set NODE_EXTRA_CA_CERTS'
  const known = words[code] ?? (/CERT|SIGNATURE|ISSUER/.test(code) ? certificate : undefined)
  return known ? `${known} (${code})` : code || plainText(error.message)
}

function causeCode(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; depth++) {
    if ('code' in at && typeof at.code === 'string') return at.code
    at = at instanceof AggregateError ? (at.errors[0] ?? at.cause) : at.cause
  }
  return ''
}

/** A failed call as the reason to stop. */
export function troubleError(trouble: Trouble, address: string, cause: unknown): LatchError {
  if (trouble.kind === 'unreachable') {
    return new LatchError('server_unreachable', {
      sentence: `${address} cannot be reached: ${trouble.reason}.`,
      cause,
    })
  }
  if (trouble.kind === 'trouble') {
    return new LatchError('server_trouble', {
      sentence: `${address} has trouble at the moment: ${trouble.reason}.`,
      cause,
    })
  }
  const said = trouble.description ? `${trouble.code}: ${trouble.description}` : trouble.code
  return new LatchError('server_refused', { sentence: `${address} refused the request (${said}).`, cause })
}
