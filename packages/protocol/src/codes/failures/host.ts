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
  not_set_up: {
    status: 500,
    type: 'api_error',
    sentence: 'This server has no such person, or is not set up yet.',
    hint: 'Run latchstring init, or open the set-up link that latchstring serve prints.',
  },
} as const satisfies Record<string, FailureRow>
