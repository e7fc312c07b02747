import type { FailureRow } from './row.ts'

/** This server. */
export const serverFailures = {
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
} as const satisfies Record<string, FailureRow>
