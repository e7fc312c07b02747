/** Tokens as the provider counted them. */
export type Counts = {
  inputTokens: number
  outputTokens: number
  cacheReadTokens: number
  cacheWrite5mTokens: number
  cacheWrite1hTokens: number
}

export const noCounts: Readonly<Counts> = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
}

/**
 * The contract of meters: reads a reply as it passes and never changes it. Chunks may be cut anywhere.
 */
export type Meter = {
  push(chunk: Buffer): void
  /** The reply ended as HTTP says it ends. */
  end(): void
  /** What has been counted so far. */
  counts(): Counts
  /** The reply said by itself that it is whole, so `counts` are final. */
  finished(): boolean
  /** The provider reported an error inside the reply. */
  failed(): boolean
  /** Events must pass at once; otherwise the latest chunk may wait for the next. */
  live: boolean
}
