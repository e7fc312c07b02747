import { findCredential } from '@latchstring/client/chain'
import type { Command } from '../../command.ts'

export const token: Command = {
  summary: 'print a valid access token',
  parameters: '[--json]',
  examples: [
    ['latch token', 'prints the token and nothing else'],
    ['curl -H "Authorization: Bearer $(latch token)" …', 'sends it'],
  ],
  options: {
    json: {
      type: 'boolean',
      about: 'print {schemaVersion, token, expiresAt, source}; expiresAt is UTC or null',
    },
  },
  words: { atMost: 0 },
  about:
    'The token has at least two minutes left (or a third of its life, where that is less): it is renewed before it is\n' +
    'printed when it has not. Signed out, it prints nothing and ends with exit code 4 and one line on standard error.',
  async run(world, { options }) {
    const { secret, expiresAt, source } = await findCredential(world)
    const ends = expiresAt === null ? null : new Date(expiresAt).toISOString()
    world.stdout.write(
      options['json']
        ? `${JSON.stringify({ schemaVersion: 1, token: secret, expiresAt: ends, source })}\n`
        : `${secret}\n`,
    )
    return 0
  },
}
