import type { FailureRow } from './row.ts'

/** Set-up and sign-in. */
export const signInFailures = {
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
} as const satisfies Record<string, FailureRow>
