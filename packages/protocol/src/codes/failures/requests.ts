import type { FailureRow } from './row.ts'

/** What came in cannot be read. */
export const requestFailures = {
  malformed_json: {
    status: 400,
    type: 'invalid_request_error',
    sentence: 'The request body is not valid JSON.',
    hint: 'Send a JSON object encoded as UTF-8 and try again. Nothing was changed.',
  },
  invalid_request: {
    status: 400,
    type: 'invalid_request_error',
    sentence: 'The request does not have the expected shape.',
    hint: 'Correct the field that the message names and send the request again. Nothing was changed.',
  },
  unsupported_media_type: {
    status: 415,
    type: 'invalid_request_error',
    sentence: 'This address takes JSON only.',
    hint: 'Send the header content-type: application/json.',
  },
  body_too_large: {
    status: 413,
    type: 'request_too_large',
    sentence: 'The request body is longer than this server accepts.',
    hint: 'Shorten the request: model requests may be 32 MiB, all others 1 MiB.',
  },
  not_found: {
    status: 404,
    type: 'not_found_error',
    sentence: 'There is nothing at this address, or it is not yours.',
    hint: 'Check the path and the identifier.',
  },
  method_not_allowed: {
    status: 405,
    type: 'invalid_request_error',
    sentence: 'This address does not take that method.',
    hint: 'See the API reference for the methods of this address.',
  },
  conflict: {
    status: 409,
    type: 'conflict_error',
    sentence: 'This cannot be done in the present state.',
    hint: 'Read the message, reload, and try again.',
  },
  misdirected: {
    status: 421,
    type: 'invalid_request_error',
    sentence: 'This server does not answer under that name.',
    hint: 'Use the address that LATCHSTRING_URL names.',
  },
  https_required: {
    status: 400,
    type: 'invalid_request_error',
    sentence: 'This server answers over https only, and the request came without.',
    hint: 'Use the https:// address. Behind a proxy, the operator lets it send X-Forwarded-Proto and names it in LATCHSTRING_TRUSTED_PROXIES.',
    retry: false,
  },
  rate_limited: {
    status: 429,
    type: 'rate_limit_error',
    sentence: 'Too many requests in a short time.',
    hint: 'Wait for the time that the retry-after header gives, then try again.',
  },
  cross_site: {
    status: 403,
    type: 'permission_error',
    sentence: 'This request came from another site.',
    hint: 'Open the console at its own address and try there.',
  },
} as const satisfies Record<string, FailureRow>
