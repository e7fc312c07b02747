import { LatchError } from '@latchstring/client/errors'
import { version } from '@latchstring/client/version'
import type { World } from '@latchstring/client/world'
import type { Typed } from './command.ts'
import { commands, isVerb } from './commands.ts'

/**
 * Runs one command line and returns its exit code. Data goes to standard output, words to standard error.
 *
 * @param typed what stands after `latch`
 * @example
 * process.exitCode = await runLatch(machineWorld(), ['token'])
 */
export async function runLatch(world: World, typed: readonly string[]): Promise<number> {
  try {
    return await dispatch(world, typed)
  } catch (error) {
    if (!(error instanceof LatchError)) throw error
    world.stderr.write(`latch: ${error.message}\n`)
    return error.exit
  }
}

async function dispatch(world: World, typed: readonly string[]): Promise<number> {
  const [first, ...rest] = typed
  if (first === undefined) {
    world.stderr.write(await (await import('./help.ts')).overview())
    return 2
  }
  if (isVerb(first)) return runCommand(world, first, rest)
  if (first === '--version' || first === '-v') {
    world.stdout.write(`latch ${version}\n`)
    return 0
  }
  if (first === 'help' || first === '--help' || first === '-h') return help(world, rest[0])
  throw await unknown(first)
}

const nothingTyped: Typed = { words: [], options: {} }

async function runCommand(
  world: World,
  verb: keyof typeof commands,
  typed: readonly string[],
): Promise<number> {
  const command = await commands[verb]()
  const own = command.words === 'rest' ? typed.slice(0, 1) : typed
  if (own.includes('--help') || own.includes('-h')) return help(world, verb)
  // `latch token` without options is the way every agent takes: nothing is loaded for it to be taken apart.
  const plain = typed.length === 0 && command.words !== 'rest'
  return command.run(
    world,
    plain ? nothingTyped : (await import('./read-line.ts')).readLine(verb, command, typed),
  )
}

async function help(world: World, verb: string | undefined): Promise<number> {
  const { helpOf, overview } = await import('./help.ts')
  if (verb !== undefined && !isVerb(verb)) throw await unknown(verb)
  world.stdout.write(verb === undefined ? await overview() : helpOf(verb, await commands[verb]()))
  return 0
}

async function unknown(word: string): Promise<LatchError> {
  const { nearest } = await import('./nearest.ts')
  const meant = nearest(word, Object.keys(commands))
  return new LatchError('usage', {
    sentence: `there is no command "${word}".`,
    hint: meant ? `Did you mean: latch ${meant}` : 'See: latch --help',
  })
}
