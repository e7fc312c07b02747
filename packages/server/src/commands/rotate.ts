import { Failure } from '@latchstring/protocol'
import { readArguments } from '../arguments.ts'
import type { Command, Host } from '../command.ts'
import type { Config } from '../config.ts'
import { readConfig } from '../config.ts'
import { rotateMasterKey } from '../rotate-master-key.ts'
import { withConsole } from '../with-console.ts'

type Kind = (host: Host, config: Config, json: boolean) => Promise<void>

const kinds: Record<string, Kind> = {
  async 'signing-key'(host, config, json) {
    const { kid, signsAt } = await withConsole(config, console => console.rotateSigningKey())
    const at = new Date(signsAt).toISOString()
    host.out(json ? JSON.stringify({ kid, signs_at: at }) : kid)
    host.err(`Running servers publish it within seconds and sign with it from ${at} on.`)
    host.err('The one before verifies until its last token has ended, and is then retired.')
  },
  async 'master-key'(host, config, json) {
    const { sealedValues, oldKeyFile, finished } = await rotateMasterKey(config)
    host.out(
      json
        ? JSON.stringify({ key_file: config.keyFile, old_key_file: oldKeyFile, sealed_values: sealedValues })
        : config.keyFile,
    )
    if (finished) host.err('A rotation that was broken off is finished now.')
    host.err(
      `All ${sealedValues} sealed values open with the new key only. Save it as you saved the one before.`,
    )
    host.err(
      `Backups from before open with the old key only, which lies at ${oldKeyFile}: delete it with them.`,
    )
    host.err('Next: latchstring serve')
  },
}

export const rotate: Command = {
  summary: 'Change the signing key or the master key.',
  help: `latchstring rotate signing-key
latchstring rotate master-key

signing-key: adds a key for access tokens, beside a running server. It is published at once and signs after six minutes,
when nobody keeps the old list; the one before verifies until its last token has ended. Nobody is signed out.

master-key: seals every stored secret anew under a new key and puts that into the key file. The server must be stopped,
every one of them where several share a database. Broken off at any point, run it again: it finishes or begins anew.

  --json   print {"kid", "signs_at"} or {"key_file", "old_key_file", "sealed_values"}`,
  async run(host) {
    const { flags, names } = readArguments(host.args, ['json'], ['signing-key or master-key'])
    const kind = Object.hasOwn(kinds, names[0] ?? '') ? kinds[names[0] ?? ''] : undefined
    if (kind === undefined)
      throw new Failure('configuration_invalid', { message: `Give ${Object.keys(kinds).join(' or ')}.` })
    await kind(host, readConfig(host.env, host.folder), flags.json)
    return 0
  },
}
