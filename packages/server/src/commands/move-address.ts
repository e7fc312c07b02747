import { parseArgs } from 'node:util'
import { Failure } from '@latchstring/protocol'
import type { Command } from '../command.ts'
import { readConfig, readUrl } from '../config.ts'
import { lockData } from '../data-lock.ts'
import { planMove } from '../plan-move.ts'
import { withConsole } from '../with-console.ts'

export const moveAddress: Command = {
  summary: 'Say what another address ends, and end it.',
  help: `latchstring move-address https://latch.example.com

Run it with the settings of the old address. It says, with counts, which passkeys stop working and who is signed out when
LATCHSTRING_URL becomes the given address, and changes nothing.

  --yes   end the sessions that cannot go on, each with its audit line; the server must be stopped

Passkeys are never deleted: they work again if the server moves back. Keys (lsk_…) work at any address.`,
  async run(host) {
    const { to, yes } = readArguments(host.args)
    const config = readConfig(host.env, host.folder)
    const move = planMove(config.url, to)
    if (!move.agentSessions) {
      host.out(`${to} is this server's address already. Nothing ends.`)
      return 0
    }
    const lock = yes ? lockData(config.dataFolder) : undefined
    try {
      await withConsole(config, async console => {
        const bound = await console.countBoundToAddress()
        const { passkeys, people, webSessions, agentSessions } = bound
        host.out(`from ${config.url} to ${to}`)
        host.out(line('passkeys', move.passkeys ? `${passkeys} stop working (of ${people} people)` : 'go on'))
        host.out(line('browsers', move.webSessions ? `${webSessions} are signed out` : 'stay signed in'))
        host.out(line('agents', `${agentSessions} are signed out`))
        host.out(line('keys', 'go on'))
        if (yes) {
          const ended = await console.endBoundToAddress(move.webSessions ? ['web', 'agent'] : ['agent'])
          host.out(`${ended} sessions ended.`)
        }
      })
    } finally {
      lock?.release()
    }
    if (yes) host.err(`Next: set LATCHSTRING_URL=${to} and start the server.`)
    else host.err('Nothing was changed. Stop the server and give --yes to end these sessions.')
    if (move.passkeys)
      host.err(
        'People sign in by mail, or by a link of latchstring sign-in-link, and make a new passkey there.',
      )
    host.err(`Agents: latch login ${to}, and the new address in their settings.`)
    return 0
  },
}

const line = (what: string, then: string) => `  ${what.padEnd(10)}${then}`

function readArguments(args: string[]): { to: string; yes: boolean } {
  const misused = (message: string, cause?: unknown) =>
    new Failure('configuration_invalid', { message, cause })
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { yes: { type: 'boolean' } },
      allowPositionals: true,
    })
    const [url, ...more] = positionals
    if (url === undefined || more.length > 0) throw misused('Give the new address and nothing more.')
    return { to: readUrl('NEW_URL', url).origin, yes: values.yes === true }
  } catch (cause) {
    throw cause instanceof Failure ? cause : misused((cause as Error).message, cause)
  }
}
