/** How long tries wait for each other: 1 minute, then twice as long each time, 6 hours at most. */
const firstWaitMs = 60_000
const longestWaitMs = 6 * 3600_000

/** When a certificate is renewed: with a third of its life left (RFC 8555 says nothing; the authorities advise it). */
export const renewalDue = (leaf: { validFromDate: Date; validToDate: Date }): number => {
  const [from, to] = [leaf.validFromDate.getTime(), leaf.validToDate.getTime()]
  return Math.floor(to - (to - from) / 3)
}

/**
 * When to try again after so many failures in a row. Authorities count failed tries and refuse for hours after a few.
 *
 * @example
 * nextTry(0, 1) // 60000
 * nextTry(0, 4) // 480000
 */
export const nextTry = (now: number, failures: number): number =>
  now + Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(20, failures - 1))
