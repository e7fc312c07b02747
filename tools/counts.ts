import { readFileSync, writeFileSync } from 'node:fs'

export type Counts = { passed: number; failed: number; skipped: number }

export const none: Counts = { passed: 0, failed: 0, skipped: 0 }

/** The variable that names the file a runner leaves its counts in, for the sum over all runners. */
export const countsVariable = 'LATCHSTRING_TEST_COUNTS'

export const sum = (all: Counts[]): Counts =>
  all.reduce(
    (left, right) => ({
      passed: left.passed + right.passed,
      failed: left.failed + right.failed,
      skipped: left.skipped + right.skipped,
    }),
    none,
  )

/** The last line of a run: `N passed, N failed`, and the skipped ones where there are any. */
export const lastLine = ({ passed, failed, skipped }: Counts) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`

export const writeCounts = (file: string, counts: Counts) => writeFileSync(file, JSON.stringify(counts))

/** What a runner counted. One that ended badly without a failure of its own, or left no counts, is one failure. */
export function readCounts(file: string, exitCode: number): Counts {
  let counts = none
  try {
    counts = JSON.parse(readFileSync(file, 'utf8')) as Counts
  } catch {
    return { ...none, failed: 1 }
  }
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

/** The summary that Node.js's own runner prints in TAP: `# pass 2`, `# fail 0`, and so on. */
export function countsFromTap(tap: string): Counts | undefined {
  const read = (word: string) => Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(tap)?.[1] ?? Number.NaN)
  const passed = read('pass')
  if (Number.isNaN(passed)) return undefined
  return { passed, failed: read('fail') + read('cancelled'), skipped: read('skipped') + read('todo') }
}
