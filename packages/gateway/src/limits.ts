/** Every bound of the gateway. Times are milliseconds, sizes bytes. */
export type Limits = {
  /** A model request's body (the published limit of the Messages API is 32 MB). */
  bodyBytes: number
  /** From the request's head to the last byte of its body. */
  bodyMs: number
  /** What is read and dropped of a body that nobody wants, before the connection is closed. */
  unwantedBytes: number
  unwantedMs: number
  telemetryBytes: number
  /** From sending to the head of the provider's reply. */
  providerHeadersMs: number
  /** Between two chunks of the provider's reply. */
  providerSilenceMs: number
  /** How long an agent may leave what was sent to it unread. */
  clientStallMs: number
  /** How often open exchanges are held against what has ended, besides at every request. */
  revocationPollMs: number
  /** Between two events of `sandbox-slow`. */
  sandboxPaceMs: number
}

const mebibyte = 1024 * 1024

export const defaultLimits: Limits = {
  bodyBytes: 32 * mebibyte,
  bodyMs: 120_000,
  unwantedBytes: 64 * mebibyte,
  unwantedMs: 10_000,
  telemetryBytes: 8 * mebibyte,
  providerHeadersMs: 600_000,
  providerSilenceMs: 300_000,
  clientStallMs: 300_000,
  revocationPollMs: 200,
  sandboxPaceMs: 300,
}
