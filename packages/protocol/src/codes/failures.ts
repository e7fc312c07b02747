/**
 * Every failure that leaves a Latchstring server: its HTTP status, the `error.type` of the published envelope,
 * one public sentence, and a hint that says what to do. The page is `docs/errors/<code>.md`. The cause stays in the log.
 *
 * Statuses follow what recorded agents do with them: a dead credential is 401 with `x-should-retry: false`; a denial by
 * policy is never 401 or 403, because an agent behind a key helper would run the helper eleven times over three minutes.
 */
export type FailureRow = { status: number; type: ErrorType; sentence: string; hint: string; retry?: false }

export type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'billing_error'
  | 'permission_error'
  | 'not_found_error'
  | 'conflict_error'
  | 'request_too_large'
  | 'rate_limit_error'
  | 'api_error'
  | 'overloaded_error'
  | 'timeout_error'

export const failures = {
  // What came in cannot be read.
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

  // Who is asking.
  invalid_token: {
    status: 401,
    type: 'authentication_error',
    sentence: 'invalid token',
    hint: 'Run latch login, or create a new key in the console.',
    retry: false,
  },
  credential_missing: {
    status: 401,
    type: 'authentication_error',
    sentence: 'invalid token: the request carries no credential.',
    hint: 'Send a key in x-api-key or a token in Authorization: Bearer. Run latch login to get one.',
    retry: false,
  },
  sign_in_needed_by_helper: {
    status: 402,
    type: 'billing_error',
    sentence: 'You are signed out. Run latch login, then send your message again.',
    hint: 'The key helper gave nothing, so the request came with empty credentials. Run latch login in a terminal.',
    retry: false,
  },
  not_signed_in: {
    status: 401,
    type: 'authentication_error',
    sentence: 'You are not signed in.',
    hint: 'Sign in and try again.',
    retry: false,
  },
  fresh_sign_in_needed: {
    status: 403,
    type: 'permission_error',
    sentence: 'This needs a sign-in from the last 15 minutes.',
    hint: 'Confirm that it is you, then try again.',
  },
  permission_denied: {
    status: 403,
    type: 'permission_error',
    sentence: 'Your role does not allow this.',
    hint: 'Ask an owner or admin of the organisation.',
    retry: false,
  },
  key_kind_refused: {
    status: 403,
    type: 'permission_error',
    sentence: 'A key of this kind cannot be used here.',
    hint: 'Coding-agent and API keys call models; the Admin API takes admin keys.',
    retry: false,
  },
  cannot_grant: {
    status: 403,
    type: 'permission_error',
    sentence: 'Nobody can grant more than they have.',
    hint: 'Ask an owner to do this.',
  },
  last_owner: {
    status: 409,
    type: 'conflict_error',
    sentence: 'The last owner of an organisation cannot leave or be lowered.',
    hint: 'Make another member an owner first.',
  },
  already_member: {
    status: 409,
    type: 'conflict_error',
    sentence: 'This person is already a member.',
    hint: 'Change their role on the members page instead.',
  },
  key_archived: {
    status: 409,
    type: 'conflict_error',
    sentence: 'An archived key cannot be changed.',
    hint: 'Create a new key.',
  },

  // Set-up and sign-in.
  setup_link_spent: {
    status: 410,
    type: 'invalid_request_error',
    sentence: 'This set-up link has been used or was never made here.',
    hint: 'If you set this server up, sign in. Otherwise run latchstring serve again: it prints a new link while nobody has set the server up.',
  },
  setup_done: {
    status: 409,
    type: 'conflict_error',
    sentence: 'This server is already set up.',
    hint: 'Sign in, or run latchstring sign-in-link EMAIL on the host.',
  },
  sign_in_link_spent: {
    status: 410,
    type: 'invalid_request_error',
    sentence: 'This sign-in link has been used, has expired, or was never sent.',
    hint: 'Ask for a new link on the sign-in page.',
  },
  sign_in_link_elsewhere: {
    status: 409,
    type: 'conflict_error',
    sentence: 'This sign-in link was asked for in another browser.',
    hint: 'Open it in the browser where you asked for it, or ask for a new one here. The link is still good there.',
  },
  passkey_refused: {
    status: 400,
    type: 'invalid_request_error',
    sentence: 'The passkey was not accepted.',
    hint: 'Try again, or sign in by e-mail link.',
  },
  last_passkey: {
    status: 409,
    type: 'conflict_error',
    sentence: 'This is your only passkey and this server sends no mail.',
    hint: 'Add another passkey first.',
  },
  user_code_unknown: {
    status: 404,
    type: 'not_found_error',
    sentence: 'This code is not known, was used already, or has expired.',
    hint: 'Compare it with the code your agent shows, or start the sign-in again there.',
  },
  interaction_gone: {
    status: 410,
    type: 'invalid_request_error',
    sentence: 'This sign-in request is no longer open.',
    hint: 'Run latch login again.',
  },

  // The gateway.
  unknown_model: {
    status: 404,
    type: 'not_found_error',
    sentence: 'No provider of your organisation serves this model.',
    hint: 'Ask GET /v1/models for the models you can use, or ask an admin to add a provider.',
    retry: false,
  },
  model_not_allowed: {
    status: 400,
    type: 'invalid_request_error',
    sentence: "This model is not in your organisation's list of available models.",
    hint: 'Choose a model from GET /v1/models, or ask an admin to allow this one.',
    retry: false,
  },
  endpoint_not_served: {
    status: 404,
    type: 'not_found_error',
    sentence: 'The gateway does not serve this address.',
    hint: 'It serves /v1/messages, /v1/messages/count_tokens and /v1/models.',
  },
  provider_unreachable: {
    status: 502,
    type: 'api_error',
    sentence: 'The model provider could not be reached.',
    hint: 'Try again. If it stays so, an admin should check the provider page.',
  },
  provider_timeout: {
    status: 504,
    type: 'timeout_error',
    sentence: 'The model provider did not answer in time.',
    hint: 'Try again, or ask for a shorter answer.',
  },
  provider_cut: {
    status: 502,
    type: 'api_error',
    sentence: 'The model provider broke off in the middle of its answer.',
    hint: 'Try again. What had arrived was metered.',
  },
  provider_refused_credential: {
    status: 502,
    type: 'api_error',
    sentence: "The model provider did not accept your organisation's credential.",
    hint: 'Your own sign-in is good. An admin should give the provider a new key on the provider page.',
    retry: false,
  },
  provider_redirected: {
    status: 502,
    type: 'api_error',
    sentence: 'The model provider answered with a redirect, which the gateway never follows.',
    hint: "An admin should correct the provider's address on the provider page.",
    retry: false,
  },
  address_refused: {
    status: 502,
    type: 'api_error',
    sentence: 'This address lies in a private network that the operator has not allowed.',
    hint: 'The operator can allow it with LATCHSTRING_ALLOW_PRIVATE.',
  },
  length_required: {
    status: 411,
    type: 'invalid_request_error',
    sentence: 'The request has neither a length nor a body in chunks.',
    hint: 'Send content-length.',
  },
  body_timeout: {
    status: 408,
    type: 'timeout_error',
    sentence: 'The request body did not arrive in time.',
    hint: 'Send the request again. If it stays so, look at the network between you and this server.',
  },
  encoding_refused: {
    status: 415,
    type: 'invalid_request_error',
    sentence: 'Compressed request bodies are not accepted.',
    hint: 'Send the body without content-encoding.',
  },

  // This server.
  storage_unavailable: {
    status: 503,
    type: 'overloaded_error',
    sentence: 'The database cannot be used at the moment. Nothing was changed.',
    hint: 'Try again in a moment. The operator should look at the log and the disk.',
  },
  internal: {
    status: 500,
    type: 'api_error',
    sentence: 'Something went wrong on this server. Nothing was changed.',
    hint: 'Try again. If it stays so, give the operator the request id.',
  },

  // What the operator reads on the host; these end a command and never travel.
  data_in_use: {
    status: 500,
    type: 'api_error',
    sentence: 'Another server is using this data folder.',
    hint: 'Stop it, or choose another folder with LATCHSTRING_DATA.',
  },
  port_taken: {
    status: 500,
    type: 'api_error',
    sentence: 'The port is taken by another program.',
    hint: 'Choose another one with LATCHSTRING_PORT, or stop that program.',
  },
  configuration_invalid: {
    status: 500,
    type: 'api_error',
    sentence: 'A setting of this server cannot be used.',
    hint: 'Correct the environment variable that the message names.',
  },
  not_set_up: {
    status: 500,
    type: 'api_error',
    sentence: 'This server has no such person, or is not set up yet.',
    hint: 'Run latchstring init, or open the set-up link that latchstring serve prints.',
  },
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
