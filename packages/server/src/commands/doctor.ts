import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import type { Finding } from '../doctor/check.ts'
import { diagnose } from '../doctor/checks.ts'
import { thisHost } from '../doctor/surroundings.ts'

const marks: Record<Finding['status'], string> = { ok: 'ok', advice: 'note', wrong: 'WRONG', skipped: '-' }

export const doctor: Command = {
  summary: 'Look for what is wrong, and say what to do.',
  help: `latchstring doctor

Looks at settings, files, database, keys, clock, port, address, mail and providers of this host, beside a running server
or without one, and names each cause with what to do. It changes nothing and sends nothing but a greeting to the mail
server. Ends with 0 when all is well and 1 when something is wrong; a note alone is all well.

  --json   print {"ok", "checks": [{"check", "status", "what", "todo"}]}`,
  async run(host) {
    const { flags } = readArguments(host.args, ['json'], [])
    const diagnosis = await diagnose({ env: host.env, folder: host.folder, around: thisHost })
    if (flags.json) host.out(JSON.stringify(diagnosis))
    else
      for (const { check, status, what, todo } of diagnosis.checks) {
        host.out(`${marks[status].padEnd(6)}${check.padEnd(15)}${what}`)
        if (todo !== undefined) host.out(`${' '.repeat(21)}${todo}`)
      }
    return diagnosis.ok ? 0 : 1
  },
}
