import type { Counts } from '../meter.ts'

/** More than any call can cost. A larger figure is no count: a few such would take sums beyond exact numbers. */
const mostTokens = 1_000_000_000

const count = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostTokens
    ? value
    : undefined

const record = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined

/**
 * Reads a `usage` object of the Messages API over what is known. Later figures are totals, so they replace earlier ones;
 * a field that is absent or null says nothing. Cache writes come split by lifetime (`cache_creation`) or as one figure,
 * which is then the default lifetime of five minutes.
 */
export function readUsage(usage: unknown, known: Counts): Counts {
  const given = record(usage)
  if (given === undefined) return known
  const split = record(given['cache_creation'])
  const fiveMinutes = count(split?.['ephemeral_5m_input_tokens'])
  const oneHour = count(split?.['ephemeral_1h_input_tokens'])
  const isSplit = fiveMinutes !== undefined || oneHour !== undefined
  const whole = isSplit ? undefined : count(given['cache_creation_input_tokens'])
  return {
    inputTokens: count(given['input_tokens']) ?? known.inputTokens,
    outputTokens: count(given['output_tokens']) ?? known.outputTokens,
    cacheReadTokens: count(given['cache_read_input_tokens']) ?? known.cacheReadTokens,
    cacheWrite5mTokens: fiveMinutes ?? fromWhole(whole, known) ?? known.cacheWrite5mTokens,
    cacheWrite1hTokens: oneHour ?? known.cacheWrite1hTokens,
  }
}

/** A later whole figure repeats the sum of an earlier split; only what exceeds it is new. */
function fromWhole(whole: number | undefined, known: Counts): number | undefined {
  return whole === undefined ? undefined : Math.max(0, whole - known.cacheWrite1hTokens)
}
