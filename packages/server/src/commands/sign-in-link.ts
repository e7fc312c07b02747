import { Failure } from '@latchstring/protocol'
import type { Command } from '../command.ts'
import { readConfig } from '../config.ts'
import { withConsole } from '../with-console.ts'

export const signInLink: Command = {
  summary: 'Make a sign-in link for somebody, on this host.',
  help: `latchstring sign-in-link ada@acme.test

Prints a link that signs this person in once, within 15 minutes, in any browser. It needs no mail: whoever may read the
data folder may make one. The audit says that it was made here.`,
  async run(host) {
    const [email, ...more] = host.args.filter(arg => !arg.startsWith('-'))
    if (email === undefined || more.length > 0) {
      throw new Failure('configuration_invalid', { message: 'Give one e-mail address.' })
    }
    host.out(await withConsole(readConfig(host.env, host.folder), console => console.makeSignInLink(email)))
    return 0
  },
}
