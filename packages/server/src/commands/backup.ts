import { resolve } from 'node:path'
import { readArguments } from '../arguments.ts'
import { refuseOnPostgres } from '../backups/embedded-only.ts'
import { takeBackup } from '../backups/take-backup.ts'
import type { Command } from '../command.ts'
import { readConfig } from '../config.ts'
import { version } from '../version.ts'

export const backup: Command = {
  summary: 'Copy the data into one file, beside a running server.',
  help: `latchstring backup /var/backups/latchstring

Copies the data folder as it is at this moment into one file of mode 0600, checks the copy, and prints where it is. The
server goes on. Into a folder, the file is named by the time; a file of the same name is replaced once the new one is
whole. First the main database is copied, then the usage journal, so that every audited call has its row.

The master key is not in it. Keep a copy of the key file elsewhere: the backup opens no secret without it.

  FILE|FOLDER   where the backup goes
  --json        print {"file", "bytes", "created_at", "tables"}`,
  async run(host) {
    if (refuseOnPostgres(host)) return 2
    const { flags, names } = readArguments(host.args, ['json'], ['FILE|FOLDER'])
    const { dataFolder, keyFile } = readConfig(host.env, host.folder)
    const target = resolve(host.folder, names[0] ?? '')
    const { file, bytes, manifest } = await takeBackup(dataFolder, target, { build: version })
    const { created_at, tables } = manifest
    host.out(flags.json ? JSON.stringify({ file, bytes, created_at, tables }) : file)
    host.err(
      `The master key is not in it: keep a copy of ${keyFile} elsewhere. Nor are the mails of the outbox.`,
    )
    host.err(`Next: LATCHSTRING_DATA=<an empty folder> latchstring restore ${file}`)
    return 0
  },
}
