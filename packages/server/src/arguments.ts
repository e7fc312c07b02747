import { parseArgs } from 'node:util'
import { Failure } from '@latchstring/protocol'

/**
 * Reads a command's flags and names; what it does not know is refused rather than left unheard.
 *
 * @param names what the names stand for, as the help calls them; every one must be given
 * @throws Failure `configuration_invalid`
 */
export function readArguments<Flag extends string>(
  args: string[],
  flags: readonly Flag[],
  names: readonly string[],
): { flags: Record<Flag, boolean>; names: string[] } {
  const options = Object.fromEntries(flags.map(flag => [flag, { type: 'boolean' } as const]))
  const misused = (message: string, cause?: unknown) =>
    new Failure('configuration_invalid', { message, ...(cause === undefined ? {} : { cause }) })
  let read: { values: Record<string, unknown>; positionals: string[] }
  try {
    read = parseArgs({ args, options, allowPositionals: true })
  } catch (cause) {
    throw misused(`${(cause as Error).message}.`.replace(/\.\.$/, '.'), cause)
  }
  const { values, positionals } = read
  if (positionals.length !== names.length) {
    throw misused(
      names.length === 0
        ? `There is nothing to name: ${positionals[0]}.`
        : `Give ${names.join(' and ')}${positionals.length > names.length ? ' and nothing more' : ''}.`,
    )
  }
  const given = Object.fromEntries(flags.map(flag => [flag, values[flag] === true]))
  return { flags: given as Record<Flag, boolean>, names: positionals }
}
