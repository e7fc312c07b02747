import { explain as walk } from '@latchstring/client/chain'
import type { Command } from '../../command.ts'
import { fromNow } from '../../times.ts'

const signs = { used: 'used', absent: 'passed over', failed: 'failed', not_asked: 'not asked' } as const

export const explain: Command = {
  summary: 'show which credential wins, and why not the others',
  parameters: '[--json]',
  examples: [['latch explain', 'every source in order, with the reason']],
  options: { json: { type: 'boolean', about: 'print {schemaVersion, winner, sources}' } },
  words: { atMost: 0 },
  about: 'Walks the same way as latch token. Ends with exit code 4 where no source has a credential.',
  async run(world, { options }) {
    const steps = await walk(world)
    const winner = steps.find(step => step.outcome === 'used')
    if (options['json']) {
      const sources = steps.map(step => ({
        ...step,
        expiresAt: step.expiresAt === null ? null : new Date(step.expiresAt).toISOString(),
      }))
      world.stdout.write(`${JSON.stringify({ schemaVersion: 1, winner: winner?.source ?? null, sources })}\n`)
    } else {
      const width = Math.max(...steps.map(step => step.title.length))
      for (const { title, outcome, reason, expiresAt } of steps) {
        const ends = expiresAt === null ? '' : `, ends ${fromNow(expiresAt, world.now())}`
        world.stdout.write(`${title.padEnd(width)}   ${signs[outcome].padEnd(11)}   ${reason}${ends}\n`)
      }
      if (!winner) world.stderr.write('No credential. Next: latch login\n')
    }
    return winner ? 0 : 4
  },
}
