import type { ErrorType, Failure, FailureRow } from '../codes/failures.ts'
import { failures } from '../codes/failures.ts'

/**
 * The published error envelope, with our code and hint added.
 *
 * @example
 * failureBody(new Failure('not_found'), 'req_1')
 * // { type: 'error', error: { type: 'not_found_error', message: …, code: 'not_found', hint: … }, request_id: 'req_1' }
 */
export function failureBody(failure: Failure, requestId: string): ErrorBody {
  const { type, hint } = failures[failure.code]
  return {
    type: 'error',
    error: { type, message: failure.message, code: failure.code, hint },
    request_id: requestId,
  }
}

/** Headers of a refusal: `x-should-retry: false` where asking again cannot help (recorded agents and SDKs obey it). */
export function failureHeaders(failure: Failure, requestId: string): Record<string, string> {
  const row: FailureRow = failures[failure.code]
  return {
    'content-type': 'application/json',
    'request-id': requestId,
    ...(row.retry === false ? { 'x-should-retry': 'false' } : {}),
    ...failure.headers,
  }
}

export type ErrorBody = {
  type: 'error'
  error: { type: ErrorType; message: string; code: string; hint: string }
  request_id: string
}
