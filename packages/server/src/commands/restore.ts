import { resolve } from 'node:path'
import { openSqlite } from '@latchstring/console/base/database'
import { tryMasterKey } from '@latchstring/console/sealed-columns'
import { findMasterKey } from '@latchstring/kit/master-key'
import { Failure } from '@latchstring/protocol'
import { readArguments } from '../arguments.ts'
import { refuseOnPostgres } from '../backups/embedded-only.ts'
import { restoreBackup } from '../backups/restore-backup.ts'
import type { Command } from '../command.ts'
import { readConfig } from '../config.ts'
import { lockData } from '../data-lock.ts'

export const restore: Command = {
  summary: 'Put a backup into an empty data folder.',
  help: `LATCHSTRING_DATA=/var/lib/latchstring latchstring restore /var/backups/latchstring/latchstring-20261122T180000Z.backup

Verifies the backup (its bytes, the databases' structure, the content of every table) and puts it into the data folder,
which must be empty. Nothing is written over, and nothing is left behind when the backup is refused.

The master key file is not in a backup: put it back at LATCHSTRING_KEY_FILE (<data folder>.key). When it is there
already, it must open what the backup holds sealed.

  BACKUP   the file that latchstring backup made
  --json   print {"data_folder", "created_at", "tables", "master_key": "opens"|"missing"}`,
  async run(host) {
    if (refuseOnPostgres(host)) return 2
    const { flags, names } = readArguments(host.args, ['json'], ['BACKUP'])
    const { dataFolder, keyFile } = readConfig(host.env, host.folder)
    const masterKey = findMasterKey(keyFile)
    const lock = lockData(dataFolder)
    try {
      const { created_at, tables } = await restoreBackup(
        resolve(host.folder, names[0] ?? ''),
        dataFolder,
        async path => {
          if (masterKey !== undefined) await mustOpen(path, masterKey, keyFile)
        },
      )
      const key = masterKey === undefined ? 'missing' : 'opens'
      host.out(
        flags.json
          ? JSON.stringify({ data_folder: dataFolder, created_at, tables, master_key: key })
          : `${dataFolder} holds the data of ${created_at}.`,
      )
      host.err(
        masterKey === undefined
          ? `Put the master key file back at ${keyFile} before you start: without it no secret opens.`
          : `The master key at ${keyFile} opens what is sealed.`,
      )
      host.err('Next: latchstring serve')
      return 0
    } finally {
      lock.release()
    }
  },
}

/** @throws Failure `master_key_wrong` */
async function mustOpen(path: string, masterKey: Parameters<typeof tryMasterKey>[1], keyFile: string) {
  const database = openSqlite(path)
  try {
    const { shut } = await tryMasterKey(database, masterKey)
    if (shut.length > 0)
      throw new Failure('master_key_wrong', {
        message: `${keyFile} does not open what this backup holds sealed.`,
      })
  } finally {
    await database.close()
  }
}
