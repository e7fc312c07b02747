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
    const { ANTHROPIC_API_KEY: _removed, LATCHSTRING_API_KEY: _given, ...others } = world.env
    return runChild(world, words, { ...others, ANTHROPIC_BASE_URL: address, ANTHROPIC_AUTH_TOKEN: secret })
  },
}

const forwarded = ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const

/** Runs a command in this one's place, as far as Node.js allows: same terminal, its signals, its end. */
async function runChild(world: World, words: readonly string[], env: World['env']): Promise<number> {
  const [program = '', ...parameters] = words
  const child = world.spawn(program, parameters, { stdio: 'inherit', env: { ...env } })
  // The terminal sends SIGINT to both; a second one would look like an impatient person.
  const interrupt = () => void (world.stdin.isTTY || child.kill('SIGINT'))
  process.on('SIGINT', interrupt)
  const forwards = forwarded.map(signal => [signal, () => void child.kill(signal)] as const)
  for (const [signal, forward] of forwards) process.on(signal, forward)

  const ended = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
    (resolve, reject) => {
      child.once('error', error => reject(notRun(program, error)))
      child.once('exit', (code, signal) => resolve({ code, signal }))
    },
  )
  process.off('SIGINT', interrupt)
  for (const [signal, forward] of forwards) process.off(signal, forward)
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
