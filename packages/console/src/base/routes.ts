import type { Api } from '@latchstring/protocol/api'
import type { Endpoint, Output, Parsed } from '@latchstring/protocol/api/endpoint'
import type { Base } from './base.ts'
import type { Caller, CookieName, Origin } from './caller.ts'

/** What a handler may say beside its answer. */
export type Reply = {
  setCookie(name: CookieName, value: string, maxAgeSeconds: number): void
  clearCookie(name: CookieName): void
}

/** What a handler is given: validated input, who asks, from where. `caller` is null only for public endpoints. */
export type Call<E extends Endpoint> = Parsed<E> & {
  base: Base
  origin: Origin
  reply: Reply
  caller: E['access'] extends 'public' ? Caller | null : Caller
}

export type Handler<E extends Endpoint> = (call: Call<E>) => Promise<Output<E>>

/** A feature's routes: one handler for each line of its noun, no more and no fewer. */
export type Routes<Noun extends keyof Api> = {
  [Verb in keyof Api[Noun]]: Api[Noun][Verb] extends Endpoint ? Handler<Api[Noun][Verb]> : never
}
