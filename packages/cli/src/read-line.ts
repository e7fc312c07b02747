import { parseArgs } from 'node:util'
import { LatchError } from '@latchstring/client/errors'
import type { Command, Typed } from './command.ts'

/**
 * Takes the words after a verb apart.
 *
 * @throws LatchError `usage`, exit 2, naming the word that does not fit
 */
export function readLine(verb: string, command: Command, typed: readonly string[]): Typed {
  const hint = `See: latch help ${verb}`
  if (command.words === 'rest') return readRest(command, typed, hint)
  try {
    const { values, positionals } = parseArgs({
      args: [...typed],
      options: Object.fromEntries(
        Object.entries(command.options).map(([name, { type }]) => [name, { type }]),
      ),
      allowPositionals: true,
    })
    const extra = positionals[command.words.atMost]
    if (extra !== undefined)
      throw new LatchError('usage', { sentence: `"${extra}" is one word too many.`, hint })
    return { words: positionals, options: values as Record<string, boolean> }
  } catch (error) {
    if (error instanceof LatchError) throw error
    const option = error instanceof Error ? error.message.match(/'(-[^']*)'/)?.[1] : undefined
    const sentence = option ? `${verb} has no option ${option}.` : 'this command line cannot be understood.'
    throw new LatchError('usage', { sentence, hint, cause: error })
  }
}

/** `latch exec [--] CMD…`: what belongs to the other command is not looked at. */
function readRest(command: Command, typed: readonly string[], hint: string): Typed {
  const words = typed[0] === '--' ? typed.slice(1) : typed
  const first = words[0]
  if (first === undefined || first === '') {
    throw new LatchError('usage', {
      sentence: 'the command to run is missing.',
      hint: `Type: latch exec ${command.parameters}`,
    })
  }
  if (typed[0] !== '--' && first.startsWith('-')) {
    throw new LatchError('usage', { sentence: `exec has no option ${first}.`, hint })
  }
  return { words, options: {} }
}
