import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { readConfig } from '../config.ts'
import { withConsole } from '../with-console.ts'

export const recoverOwner: Command = {
  summary: 'Let an owner back in who lost their passkey.',
  help: `latchstring recover-owner ada@acme.test --remove-passkeys

Prints a link that signs this owner in once, within 15 minutes, in any browser. It needs no mail: whoever may read the
data folder may make one. The audit says that it was done on the host.

  --remove-passkeys   their passkeys end, and so do the sessions of their browsers: for a lost or stolen machine
  --promote           make this member an owner; only when no owner has a passkey or a browser that is signed in
  --json              print {"sign_in_link", "promoted", "passkeys_removed", "browsers_ended"}`,
  async run(host) {
    const { flags, names } = readArguments(
      host.args,
      ['remove-passkeys', 'promote', 'json'],
      ['one e-mail address'],
    )
    const given = {
      email: names[0] ?? '',
      removePasskeys: flags['remove-passkeys'],
      promote: flags.promote,
    }
    const done = await withConsole(readConfig(host.env, host.folder), console => console.recoverOwner(given))
    const { signInLink, promoted, passkeysRemoved, browsersEnded } = done
    if (promoted) host.err(`${given.email} is an owner now.`)
    if (given.removePasskeys)
      host.err(`Ended: ${passkeysRemoved} passkeys, ${browsersEnded} browsers’ sessions.`)
    host.out(
      flags.json
        ? JSON.stringify({
            sign_in_link: signInLink,
            promoted,
            passkeys_removed: passkeysRemoved,
            browsers_ended: browsersEnded,
          })
        : signInLink,
    )
    host.err('Next: open the link within 15 minutes, and make a passkey on the page Passkeys.')
    return 0
  },
}
