import type {
  Revocations as Answer,
  GatewayContract,
  Revocation,
} from '@latchstring/protocol/gateway-contract'
import { askConsole } from './ask-console.ts'

/**
 * Keeps the gateway level with what has ended. `catchUp` runs before each request: in one process it is a function call,
 * between machines a promise.
 */
export type Revocations = {
  /** Grows with each change: what was asked before and answered after it may be stale. */
  epoch(): number
  /** @throws Failure storage_unavailable */
  catchUp(): void | Promise<void>
}

/**
 * @param apply what ended or changed, in order
 * @param reset the console counts anew (it was restored from a backup): forget everything
 */
export function makeRevocations(
  contract: GatewayContract,
  apply: (entries: readonly Revocation[]) => void,
  reset: () => void,
): Revocations {
  let sequence = 0
  let epoch = 0
  const take = (asked: number, answer: Answer): void => {
    if (answer.sequence < asked) {
      epoch += 1
      reset()
      sequence = 0
      return
    }
    if (answer.entries.length > 0) {
      epoch += 1
      apply(answer.entries)
    }
    sequence = Math.max(sequence, answer.sequence)
  }
  return {
    epoch: () => epoch,
    catchUp() {
      const asked = sequence
      const answer = askConsole(() => contract.revocationsSince(asked))
      if (answer instanceof Promise) return answer.then(given => take(asked, given))
      return take(asked, answer)
    },
  }
}
