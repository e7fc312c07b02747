import type { Principal } from '@latchstring/protocol/gateway-contract'
import type { EndNames } from './ended.ts'
import { endsPrincipal } from './ended.ts'
import type { Lifeline } from './lifeline.ts'

/**
 * Exchanges whose principal is known and whose reply is not out. While there are any, `poll` runs on a short interval,
 * so that what has ended is cut within it even when no new request asks.
 */
export class OpenExchanges {
  readonly #open = new Map<Lifeline, Principal>()
  readonly #poll: () => void
  readonly #pollMs: number
  #timer: NodeJS.Timeout | null = null

  constructor(poll: () => void, pollMs: number) {
    this.#poll = poll
    this.#pollMs = pollMs
  }

  get size(): number {
    return this.#open.size
  }

  add(lifeline: Lifeline, principal: Principal): void {
    this.#open.set(lifeline, principal)
    this.#timer ??= setInterval(() => this.#tick(), this.#pollMs).unref()
  }

  remove(lifeline: Lifeline): void {
    this.#open.delete(lifeline)
  }

  end(names: EndNames): void {
    for (const [lifeline, principal] of this.#open) {
      if (endsPrincipal(names, principal)) lifeline.end('revoked')
    }
  }

  /** The timer outlives the last exchange by one tick, so that single requests do not set and clear one each. */
  #tick(): void {
    if (this.#open.size > 0) {
      this.#poll()
      return
    }
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }
}
