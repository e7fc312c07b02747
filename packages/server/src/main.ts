#!/usr/bin/env node
import { Failure, failures } from '@latchstring/protocol'
import type { Host } from './command.ts'
import { commands } from './commands.ts'
import { version } from './version.ts'

const overview = `latchstring ${version}: authentication and credentials for coding agents, on your own server

  latchstring serve
${Object.entries(commands)
  .map(([name, { summary }]) => `\n  ${name.padEnd(14)} ${summary}`)
  .join('')}

latchstring COMMAND --help says more of each.`

/** @returns the exit code: 0 done, 1 failed, 2 misused */
export async function main(host: Host): Promise<number> {
  const [name, ...args] = host.args
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    host.out(overview)
    return name === undefined ? 2 : 0
  }
  if (name === '--version' || name === 'version') {
    host.out(version)
    return 0
  }
  const command = commands[name]
  if (command === undefined) {
    host.err(
      `latchstring: there is no command ${JSON.stringify(name)}. Known: ${Object.keys(commands).join(', ')}.`,
    )
    return 2
  }
  if (args.includes('--help') || args.includes('-h')) {
    host.out(command.help)
    return 0
  }
  try {
    return await command.run({ ...host, args })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    host.err(`latchstring: ${error.message} ${failures[error.code].hint} (${error.code})`)
    return 1
  }
}

if (import.meta.main) {
  // Whatever is written is for this user only, also where the data folder was there before and others may enter it.
  process.umask(0o077)
  const stopped = new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  process.exitCode = await main({
    args: process.argv.slice(2),
    env: process.env,
    folder: process.cwd(),
    out: line => void process.stdout.write(`${line}\n`),
    err: line => void process.stderr.write(`${line}\n`),
    stopped,
  })
}
