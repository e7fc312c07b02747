/** Why an exchange ends before its reply: the agent closed the connection, or its credential ended. */
export type Ending = 'left' | 'revoked'

/**
 * One exchange's line to its end. The step that waits hangs its handler on it; one step waits at a time. Cheaper than an
 * AbortSignal, of which each costs a listener.
 */
export class Lifeline {
  ending: Ending | null = null
  #waiting: ((ending: Ending) => void) | null = null

  end(ending: Ending): void {
    if (this.ending !== null) return
    this.ending = ending
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.(ending)
  }

  /** Calls `act` when the exchange ends, at once where it has. Replaces the handler of the step before. */
  wait(act: (ending: Ending) => void): void {
    if (this.ending !== null) act(this.ending)
    else this.#waiting = act
  }

  rest(): void {
    this.#waiting = null
  }
}
