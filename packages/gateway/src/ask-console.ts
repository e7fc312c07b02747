import { Failure } from '@latchstring/protocol'

const closed = (cause: unknown): Failure =>
  cause instanceof Failure ? cause : new Failure('storage_unavailable', { cause })

/**
 * Asks the console. Whatever goes wrong there is a refusal here (503 unless the console says which): the gateway never
 * lets through what it could not check.
 */
export function askConsole<Answer>(ask: () => Answer): Answer {
  try {
    const answer = ask()
    if (!(answer instanceof Promise)) return answer
    return answer.catch((cause: unknown) => {
      throw closed(cause)
    }) as Answer
  } catch (cause) {
    throw closed(cause)
  }
}
