import type { FailureRow } from './row.ts'

/** Who is asking. */
export const callerFailures = {
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
} as const satisfies Record<string, FailureRow>
