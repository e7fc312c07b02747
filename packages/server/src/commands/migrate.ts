import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openPostgres, openSqlite } from '@latchstring/console/base/database'
import { compareMigrations, migrate as migrateDatabase } from '@latchstring/console/base/migrate'
import { asFailure } from '@latchstring/console/base/storage-failures'
import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { readConfig } from '../config.ts'
import { lockData } from '../data-lock.ts'

export const migrate: Command = {
  summary: 'Bring the database to this build’s tables.',
  help: `latchstring migrate --check

Applies what this build’s tables need and prints each step; prints nothing when there is nothing to do. latchstring serve
does the same when it starts. The embedded database must not be in use by a server.

  --check   print what is pending and change nothing; exit code 1 when something is`,
  async run(host) {
    const { flags } = readArguments(host.args, ['check'], [])
    const { postgres, dataFolder } = readConfig(host.env, host.folder)
    const file = join(dataFolder, 'latchstring.sqlite')
    if (postgres === null && flags.check && !existsSync(file)) {
      host.err(`There is no database in ${dataFolder} yet.`)
      return 1
    }
    const lock = postgres === null && !flags.check ? lockData(dataFolder) : undefined
    const database = postgres === null ? openSqlite(file) : openPostgres(postgres)
    try {
      if (!flags.check) {
        for (const name of await migrateDatabase(database)) host.out(name)
        return 0
      }
      const { pending, unknown } = await compareMigrations(database)
      for (const name of pending) host.out(name)
      for (const name of unknown) host.err(`Only a newer build knows ${name}.`)
      return pending.length + unknown.length > 0 ? 1 : 0
    } catch (error) {
      throw asFailure(error)
    } finally {
      await database.close()
      lock?.release()
    }
  },
}
