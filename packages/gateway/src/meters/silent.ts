import type { Meter } from '../meter.ts'
import { noCounts } from '../meter.ts'

/** Counts nothing: the reply costs nothing (`finished`), or it cannot be read. */
export class SilentMeter implements Meter {
  readonly live: boolean
  readonly #costsNothing: boolean
  #ended = false

  constructor(live: boolean, costsNothing: boolean) {
    this.live = live
    this.#costsNothing = costsNothing
  }

  push(): void {}

  end(): void {
    this.#ended = true
  }

  counts() {
    return noCounts
  }

  finished(): boolean {
    return this.#ended && this.#costsNothing
  }

  failed(): boolean {
    return false
  }
}
