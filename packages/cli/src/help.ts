import type { Command } from './command.ts'
import { commands, type Verb } from './commands.ts'

/** `latch --help`: the way in first, then every verb. */
export async function overview(): Promise<string> {
  const rows = await Promise.all(
    Object.entries(commands).map(async ([verb, load]) => [verb, (await load()).summary] as const),
  )
  return [
    'Hands every coding agent its credential, safely kept and renewed in time.',
    '',
    '  latch login https://latch.example.com   sign in once',
    '  latch exec -- claude                    run an agent with the credential',
    '',
    'Commands',
    ...aligned([...rows, ['help CMD', 'what a command does, with examples']]),
    '',
    'Exit codes: 0 done, 1 error, 2 usage, 4 sign-in needed, 5 store, 6 network, 8 busy.',
    '',
  ].join('\n')
}

/** `latch help VERB`: examples first. */
export function helpOf(verb: Verb, command: Command): string {
  const options = Object.entries(command.options).map(([name, { about }]) => [`--${name}`, about] as const)
  return [
    ...aligned(command.examples),
    '',
    `Usage: latch ${verb} ${command.parameters}`.trimEnd(),
    '',
    command.about,
    ...(options.length > 0 ? ['', 'Options', ...aligned(options)] : []),
    '',
  ].join('\n')
}

function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`)
}
