import { callerFailures } from './failures/callers.ts'
import { gatewayFailures } from './failures/gateway.ts'
import { hostFailures } from './failures/host.ts'
import { requestFailures } from './failures/requests.ts'
import type { FailureRow } from './failures/row.ts'
import { serverFailures } from './failures/server.ts'
import { signInFailures } from './failures/sign-in.ts'

export type { ErrorType, FailureRow } from './failures/row.ts'

/**
 * Every failure that leaves a Latchstring server: its HTTP status, the `error.type` of the published envelope,
 * one public sentence, and a hint that says what to do. The page is `docs/errors/<code>.md`. The cause stays in the log.
 *
 * Statuses follow what recorded agents do with them: a dead credential is 401 with `x-should-retry: false`; a denial by
 * policy is never 401 or 403, because an agent behind a key helper would run the helper eleven times over three minutes.
 */
export const failures = {
  ...requestFailures,
  ...callerFailures,
  ...signInFailures,
  ...gatewayFailures,
  ...serverFailures,
  ...hostFailures,
} as const satisfies Record<string, FailureRow>

export type FailureCode = keyof typeof failures

/**
 * A refusal on its way out. `message` is public; `cause` is for the log only.
 *
 * @example
 * throw new Failure('not_found')
 * throw new Failure('invalid_request', { message: 'name: too long (at most 100 characters)' })
 */
export class Failure extends Error {
  readonly code: FailureCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: FailureCode,
    more: { message?: string; cause?: unknown; headers?: Record<string, string> } = {},
  ) {
    super(
      more.message ?? failures[code].sentence,
      more.cause === undefined ? undefined : { cause: more.cause },
    )
    this.name = 'Failure'
    this.code = code
    this.status = failures[code].status
    this.headers = more.headers ?? {}
  }
}
