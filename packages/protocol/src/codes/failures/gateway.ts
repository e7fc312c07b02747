import type { FailureRow } from './row.ts'

/** The gateway. */
export const gatewayFailures = {
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
} as const satisfies Record<string, FailureRow>
