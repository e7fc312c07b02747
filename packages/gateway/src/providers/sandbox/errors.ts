import type { RawHeaders } from '../../provider.ts'

export type SandboxError = { status: number; type: string; message: string; headers: RawHeaders }

const row = (status: number, type: string, message: string, headers: RawHeaders = []): SandboxError => ({
  status,
  type,
  message,
  headers,
})

/** Errors on demand, in the published types, with the headers that agents act on. */
const errors: Readonly<Record<string, SandboxError>> = {
  400: row(400, 'invalid_request_error', 'sandbox: this request was refused because it asked to be.'),
  401: row(401, 'authentication_error', 'sandbox: invalid x-api-key', ['x-should-retry', 'false']),
  403: row(403, 'permission_error', 'sandbox: your API key may not use this resource.', [
    'x-should-retry',
    'false',
  ]),
  404: row(404, 'not_found_error', 'sandbox: there is no such model.'),
  413: row(413, 'request_too_large', 'sandbox: request exceeds the maximum allowed number of bytes.'),
  429: row(429, 'rate_limit_error', 'sandbox: this request would exceed your rate limit.', [
    'retry-after',
    '1',
  ]),
  500: row(500, 'api_error', 'sandbox: internal server error'),
  529: row(529, 'overloaded_error', 'Overloaded', ['x-should-retry', 'true']),
}

/** The error that a model id or the last words ask for, as in `sandbox-error-429`. */
export function errorAskedFor(model: string, words: string): SandboxError | undefined {
  const status = /\bsandbox-error-(\d{3})\b/.exec(`${model} ${words}`)?.[1]
  return status !== undefined && Object.hasOwn(errors, status) ? errors[status] : undefined
}

export function invalid(message: string): SandboxError {
  return row(400, 'invalid_request_error', message)
}
