import type { FailureRow } from './row.ts'

/** What the operator reads on the host; these end a command and never travel. */
export const hostFailures = {
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
  certificate_unavailable: {
    status: 500,
    type: 'api_error',
    sentence: 'The certificate authority gave no certificate.',
    hint: 'Its answer names the reason. The name must lead here, and its port 80 to LATCHSTRING_ACME_PORT.',
  },
  not_set_up: {
    status: 500,
    type: 'api_error',
    sentence: 'This server has no such person, or is not set up yet.',
    hint: 'Run latchstring init, or open the set-up link that latchstring serve prints.',
  },
  backup_unusable: {
    status: 500,
    type: 'api_error',
    sentence: 'This backup cannot be used.',
    hint: 'Nothing was changed. Use another backup, and keep this one for whoever looks into it.',
  },
  data_folder_not_empty: {
    status: 500,
    type: 'api_error',
    sentence: 'The data folder is not empty.',
    hint: 'A backup is restored into an empty folder only: name one with LATCHSTRING_DATA, or move this one away.',
  },
  master_key_missing: {
    status: 500,
    type: 'api_error',
    sentence: 'There is data here, but no master key.',
    hint: 'Put the key file back that belongs to this data; a new one would open none of its secrets.',
  },
  master_key_wrong: {
    status: 500,
    type: 'api_error',
    sentence: 'The master key does not open what this data holds sealed.',
    hint: 'Put the key file back that belongs to this data. After a broken-off rotation run latchstring rotate master-key.',
  },
  owner_can_sign_in: {
    status: 500,
    type: 'api_error',
    sentence: 'An owner of this organisation can still sign in.',
    hint: 'Let that owner give the role, or end their passkeys and browser sessions first with --remove-passkeys.',
  },
  not_an_owner: {
    status: 500,
    type: 'api_error',
    sentence: 'This member is not an owner.',
    hint: 'latchstring sign-in-link signs them in as they are; --promote makes them an owner when no owner can sign in.',
  },
  target_not_empty: {
    status: 500,
    type: 'api_error',
    sentence: 'The PostgreSQL database holds data already.',
    hint: 'Nothing was changed. Name an empty database; a move never mixes two servers.',
  },
  move_failed: {
    status: 500,
    type: 'api_error',
    sentence: 'A table arrived with another content than it left with.',
    hint: 'Nothing was changed. Look whether something else writes to the database, and start the move again.',
  },
} as const satisfies Record<string, FailureRow>
