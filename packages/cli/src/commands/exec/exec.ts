import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { findCredential } from '@latchstring/client/chain'
import { LatchError } from '@latchstring/client/errors'
import type { World } from '@latchstring/client/world'
import type { Command } from '../../command.ts'

export const exec: Command = {
  summary: 'run a command with the credential in its environment',
  parameters: '-- CMD…',
  examples: [
    ['latch exec -- claude', 'runs the agent against your organisation'],
    ['latch exec -- sh -c \'echo "$ANTHROPIC_BASE_URL"\'', 'shows where requests will go'],
  ],
  options: {},
  words: 'rest',
  about:
    'Sets ANTHROPIC_BASE_URL and ANTHROPIC_AUTH_TOKEN and removes ANTHROPIC_API_KEY, which would otherwise be sent\n' +
    'beside it. Exit code and signals pass through. The token does not renew inside a running command; an agent that\n' +
    'works longer asks `latch token` as its key helper.',
  async run(world, { words }) {
    const { secret, address } = await findCredential(world)
    if (!address) {
      throw new LatchError('address_missing', {
        hint: 'Set LATCHSTRING_URL to the address the key belongs to.',
      })
    }
    const { ANTHROPIC_API_KEY: _leftOver, ...others } = world.env
    return runChild(world, words, { ...others, ANTHROPIC_BASE_URL: address, ANTHROPIC_AUTH_TOKEN: secret })
  },
}

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const

/** Runs a command in this one's place, as far as Node.js allows: same terminal, its signals, its end. */
async function runChild(world: World, words: readonly string[], env: World['env']): Promise<number> {
  const [program = '', ...parameters] = words
  let child: ChildProcess | undefined
  // Listening begins before the command does: it may be up, and somebody may want it down, before we go on.
  for (const signal of forwarded) {
    process.on(signal, () => {
      // The terminal sends its keys to both; a second SIGINT would look like an impatient person.
      const byKey = world.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT')
      if (!byKey) child?.kill(signal)
    })
  }
  const started = world.spawn(program, parameters, { stdio: 'inherit', env: { ...env } })
  child = started
  const ended = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
    (resolve, reject) => {
      started.once('error', error => reject(notRun(program, error)))
      started.once('exit', (code, signal) => resolve({ code, signal }))
    },
  )
  for (const signal of forwarded) process.removeAllListeners(signal)
  return ended.signal ? endBy(ended.signal) : (ended.code ?? 1)
}

/** Ends by the same signal, so that a shell sees what it would have seen without us. */
async function endBy(signal: NodeJS.Signals): Promise<number> {
  process.kill(process.pid, signal)
  await new Promise(resolve => setTimeout(resolve, 200))
  return 128 + constants.signals[signal]
}

function notRun(program: string, error: NodeJS.ErrnoException): LatchError {
  if (error.code === 'ENOENT')
    return new LatchError('command_not_found', { sentence: `"${program}" was not found.` })
  return new LatchError('command_not_run', { sentence: `"${program}" could not be started (${error.code}).` })
}
