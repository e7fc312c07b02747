/**
 * Why `latch` stops: the exit code, one sentence, and what to do. Exit codes are a contract with scripts: 1 error,
 * 2 usage, 4 sign-in needed (as gh has it), 5 store locked or unavailable, 6 network, 8 busy, try again.
 */
export type LatchFailureRow = { exit: 1 | 2 | 4 | 5 | 6 | 8 | 126 | 127; sentence: string; hint: string }

export const latchFailures = {
  usage: { exit: 2, sentence: 'this cannot be understood.', hint: 'Run: latch --help' },
  address_missing: {
    exit: 2,
    sentence: 'no server is known on this machine yet.',
    hint: "Run: latch login URL, with your organisation's Latchstring address.",
  },
  address_refused: {
    exit: 2,
    sentence: 'this address cannot be used.',
    hint: 'Give one that starts with https://. Plain http:// is for this machine only.',
  },
  sign_in_needed: { exit: 4, sentence: 'not signed in.', hint: 'Run: latch login URL' },
  sign_in_refused: {
    exit: 1,
    sentence: 'the sign-in was refused in the browser.',
    hint: 'Nothing was stored. Run latch login again when you want to allow it.',
  },
  sign_in_expired: {
    exit: 1,
    sentence: 'nobody finished the sign-in in time.',
    hint: 'Nothing was stored. Run latch login again.',
  },
  environment_key_malformed: {
    exit: 1,
    sentence: 'LATCHSTRING_API_KEY is set but is not a Latchstring key.',
    hint: 'A key starts with lsk_ and has 53 characters. Copy it again from the console, or unset the variable.',
  },
  store_unavailable: {
    exit: 5,
    sentence: 'the credential store cannot be used.',
    hint: 'Make its folder writable and run the command again.',
  },
  store_unsafe: {
    exit: 5,
    sentence: 'a file of the credential store is open to other people.',
    hint: 'Close it with chmod and run the command again.',
  },
  store_key_missing: {
    exit: 5,
    sentence: 'the key of the credential store is gone, so what is stored cannot be opened.',
    hint: 'Bring the key file back, or run latch login again.',
  },
  store_damaged: {
    exit: 5,
    sentence: 'the stored sign-in was damaged or changed by another program.',
    hint: 'Run latch login again.',
  },
  configuration_damaged: {
    exit: 1,
    sentence: 'the configuration file cannot be read.',
    hint: 'Correct it, or remove it and run latch login URL.',
  },
  server_unreachable: {
    exit: 6,
    sentence: 'the server cannot be reached.',
    hint: 'Check the network and the address, then run the command again. Nothing was lost.',
  },
  server_trouble: {
    exit: 6,
    sentence: 'the server has trouble at the moment.',
    hint: 'Run the command again in a moment. Nothing was lost.',
  },
  server_refused: {
    exit: 1,
    sentence: 'the server refused the request.',
    hint: "Ask the server's operator; your sign-in is kept.",
  },
  server_unknown: {
    exit: 1,
    sentence: 'no Latchstring server answers at this address.',
    hint: "Check the address with your organisation's admin.",
  },
  server_named_otherwise: {
    exit: 1,
    sentence: 'the server has another name than the address given.',
    hint: 'Sign in at the name the server gives itself.',
  },
  busy: {
    exit: 8,
    sentence: 'another latch process is renewing the sign-in and has not finished.',
    hint: 'Run the command again in a moment.',
  },
  command_not_found: { exit: 127, sentence: 'the command was not found.', hint: 'Check its name and PATH.' },
  command_not_run: {
    exit: 126,
    sentence: 'the command could not be started.',
    hint: 'Check its permissions.',
  },
} as const satisfies Record<string, LatchFailureRow>

export type LatchFailureCode = keyof typeof latchFailures

/**
 * A reason to stop, in words for the person at the terminal: sentence, then what to do.
 *
 * @example
 * throw new LatchError('store_unavailable', { sentence: `${folder} cannot be written.`, cause: error })
 */
export class LatchError extends Error {
  readonly code: LatchFailureCode
  readonly exit: number

  constructor(code: LatchFailureCode, more: { sentence?: string; hint?: string; cause?: unknown } = {}) {
    const row = latchFailures[code]
    super(
      `${more.sentence ?? row.sentence} ${more.hint ?? row.hint}`,
      more.cause === undefined ? undefined : { cause: more.cause },
    )
    this.name = 'LatchError'
    this.code = code
    this.exit = row.exit
  }
}

/** The one answer to "signed out", whatever the way there; names the address where one is remembered. */
export function signInNeeded(address?: string, why?: string): LatchError {
  return new LatchError('sign_in_needed', {
    sentence: why === undefined ? 'not signed in.' : `not signed in: ${why}.`,
    hint: `Run: latch login ${address ?? 'URL'}`,
  })
}

/** Text from outside made fit for a terminal: no control characters, not endless. */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 300)
}
