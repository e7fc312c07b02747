import { stockAgentClientId } from '@latchstring/protocol/base/names'
import type Provider from 'oidc-provider'
import type { Base } from '../base/base.ts'
import type { SigningKeys } from './signing-keys.ts'

/** The library is a Koa application; these are its words. */
export type Middleware = Parameters<Provider['use']>[0]
export type Context = Parameters<Middleware>[0]

/** One request to the OAuth side, on its way to an answer. */
export type Asking = {
  base: Base
  provider: Provider
  keys: SigningKeys
  ctx: Context
  /** Hands the request to the library. */
  next(): Promise<void>
  from: AskedFrom
}

/** Who asks, as their socket and words say. */
export type AskedFrom = { address: string; userAgent: string; requestId: string }

/** A refusal in OAuth's own form (RFC 6749 §5.2). Thrown before anything is written, else `say` it. */
export class OauthRefusal extends Error {
  readonly status: number
  readonly error: string
  readonly headers: Record<string, string>

  constructor(status: number, error: string, description: string, headers: Record<string, string> = {}) {
    super(description)
    this.name = 'OauthRefusal'
    this.status = status
    this.error = error
    this.headers = headers
  }
}

export function say(ctx: Context, refusal: OauthRefusal): void {
  ctx.status = refusal.status
  ctx.set(refusal.headers)
  ctx.body = { error: refusal.error, error_description: refusal.message }
}

/** The form of a request, each parameter once. */
export type Form = ReadonlyMap<string, string>

/** Agents of the stock kind take 401 for "sign in again" (recorded); RFC 6749 §5.2 says 400. */
export const refusalStatus = (form: Form): 400 | 401 =>
  form.get('client_id') === stockAgentClientId && form.get('grant_type') === 'refresh_token' ? 401 : 400

/** What was presented is no good, or no longer. */
export const refuse = (ctx: Context, form: Form): void =>
  say(ctx, new OauthRefusal(refusalStatus(form), 'invalid_grant', 'This sign-in has ended. Sign in again.'))
