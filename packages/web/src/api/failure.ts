import type { ErrorBody } from '@latchstring/protocol/decide/failure-body'

/** A refusal or a fault, as people may read it. */
export class ApiFailure extends Error {
  /** 0: the server gave no answer at all. */
  readonly status: number
  readonly code: string
  readonly hint: string
  readonly requestId: string | null

  constructor(row: {
    status: number
    code: string
    message: string
    hint: string
    requestId: string | null
  }) {
    super(row.message)
    this.name = 'ApiFailure'
    this.status = row.status
    this.code = row.code
    this.hint = row.hint
    this.requestId = row.requestId
  }
}

const isErrorBody = (body: unknown): body is ErrorBody =>
  typeof body === 'object' &&
  body !== null &&
  'error' in body &&
  typeof body.error === 'object' &&
  body.error !== null &&
  'message' in body.error

/** Reads the published error envelope; anything else (a proxy's page, say) becomes a failure that names the status. */
export function failureFrom(status: number, body: unknown, requestId: string | null): ApiFailure {
  if (isErrorBody(body)) {
    const { code, message, hint } = body.error
    return new ApiFailure({
      status,
      code: code ?? 'unknown',
      message,
      hint: hint ?? '',
      requestId: body.request_id ?? requestId,
    })
  }
  return new ApiFailure({
    status,
    code: 'unreadable_answer',
    message: `The server gave an answer that cannot be read (HTTP ${status}).`,
    hint: 'Try again. If it stays so, something between you and the server answers in its place.',
    requestId,
  })
}

export const unreachable = () =>
  new ApiFailure({
    status: 0,
    code: 'server_unreachable',
    message: 'The server cannot be reached.',
    hint: 'Check that it is running and that you are connected, then try again.',
    requestId: null,
  })

/** A session that only reads the outbox while the server is set up is nobody's yet. */
export const notSignedIn = () =>
  new ApiFailure({
    status: 401,
    code: 'not_signed_in',
    message: 'You are not signed in.',
    hint: 'Sign in and try again.',
    requestId: null,
  })

/** Whatever was thrown, as a failure that can be shown. */
export function asFailure(thrown: unknown): ApiFailure {
  if (thrown instanceof ApiFailure) return thrown
  return new ApiFailure({
    status: 0,
    code: 'console_fault',
    message: 'Something went wrong in this page.',
    hint: 'Reload the page. Nothing was changed by this fault.',
    requestId: null,
  })
}
