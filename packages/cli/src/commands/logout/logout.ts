import { LatchError } from '@latchstring/client/errors'
import { logout as signOut } from '@latchstring/client/logout'
import type { Command } from '../../command.ts'

export const logout: Command = {
  summary: 'end the session on the server and forget it here',
  parameters: '[--local]',
  examples: [
    ['latch logout', 'ends the session on the server, then forgets it here'],
    ['latch logout --local', 'forgets it here also when the server cannot be told'],
  ],
  options: {
    local: { type: 'boolean', about: 'forget the sign-in here even when the server cannot be told' },
  },
  words: { atMost: 0 },
  about:
    'Where the server cannot be reached, the sign-in is kept (exit code 6), so that a live session is not forgotten.',
  async run(world, { options }) {
    const local = options['local'] ?? false
    const done = await signOut(world, local).catch(error => {
      if (!(error instanceof LatchError) || error.exit !== 6) throw error
      throw new LatchError(error.code as 'server_unreachable', {
        sentence: `the session was not ended: ${error.message.split('. ')[0]}.`,
        hint: 'You are still signed in here. Try again, or forget it here only: latch logout --local',
        cause: error,
      })
    })
    if (!done) world.stderr.write('You were not signed in.\n')
    else if (done.revoked)
      world.stderr.write(`Signed out of ${done.address}. The session has ended on the server too.\n`)
    else {
      world.stderr.write(
        `Signed out here only: the server was not told, and the session at ${done.address} may live on.\n` +
          'End it on the sessions page of the console.\n',
      )
    }
    return 0
  },
}
