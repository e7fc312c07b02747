import { randomInt } from 'node:crypto'
import type { Proof } from '../../../tools/proofs.ts'

/** `full`: the figures that are recorded. `small`: the same in seconds, as a test. */
export type Scale = 'full' | 'small'

/** What a proof gets: how much to do, and where its random moments come from. */
export type Run = { scale: Scale; random: Random }

/** Does something with the real programs and says what came out. */
export type Prove = (run: Run) => Promise<Proof[]>

/** Random moments and choices that a printed seed brings again; what the system's scheduler adds is not in it. */
export type Random = {
  /** At least 0, below `limit`. */
  below(limit: number): number
  pick<T>(list: readonly [T, ...T[]]): T
}

/** mulberry32: small, and good enough to choose moments by. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return { below, pick: list => list[below(list.length)] ?? list[0] }
}

/** `LATCHSTRING_TEST_SEED` repeats a run. */
export const readSeed = (given = process.env['LATCHSTRING_TEST_SEED']): number =>
  given !== undefined && /^\d{1,9}$/.test(given) ? Number(given) : randomInt(1_000_000_000)

/** The value that so much of the list does not exceed. */
export function quantile(list: readonly number[], part: number): number {
  const sorted = [...list].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN
}

export const wait = (milliseconds: number) => new Promise<void>(done => setTimeout(done, milliseconds))

/** Asks until there is an answer. @throws Error after 30 s */
export async function until<T>(what: string, ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 30_000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`${what}: nothing within 30 s`)
    await wait(5)
  }
}

export const inWords = (count: number) => count.toLocaleString('en-US')
