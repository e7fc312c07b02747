import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openPostgres, openSqlite } from '@latchstring/console/base/database'
import { compareMigrations, migrate } from '@latchstring/console/base/migrate'
import { moveDatabase as move } from '@latchstring/console/base/move-database'
import { readPostgresUrl } from '@latchstring/console/base/postgres-url'
import { asFailure } from '@latchstring/console/base/storage-failures'
import { Failure } from '@latchstring/protocol'
import type { Command, Host } from '../command.ts'
import { readConfig } from '../config.ts'
import { lockData } from '../data-lock.ts'

export const moveDatabase: Command = {
  summary: 'Move the embedded database to PostgreSQL.',
  help: `DATABASE_URL=postgres://user:password@host:5432/database?sslmode=verify-full latchstring move-database

Copies every table and the usage journal from the data folder to an empty PostgreSQL, compares the content of each table
by its SHA-256 on both sides, and commits only when all are the same. Stop the server first. The data folder stays as it
is; a move that was broken off leaves nothing behind and is started again.

  DATABASE_URL   where to; it is read from the environment, since everybody on a machine sees a program's arguments`,
  async run(host) {
    const settings = readTarget(host)
    const { dataFolder } = readConfig({ ...host.env, DATABASE_URL: undefined }, host.folder)
    const file = join(dataFolder, 'latchstring.sqlite')
    if (!existsSync(file)) throw misused(`There is no database in ${dataFolder}.`)
    const lock = lockData(dataFolder)
    const source = openSqlite(file)
    const target = openPostgres(settings)
    try {
      const { pending } = await compareMigrations(source)
      if (pending.length > 0) throw misused('The data is of an older build: run latchstring migrate first.')
      await migrate(target)
      const journal = join(dataFolder, 'usage.sqlite')
      const moved = await move(source, existsSync(journal) ? journal : null, target, (table, rows) => {
        if (rows % 50_000 === 0) host.err(`${table}: ${rows} rows`)
      })
      for (const { table, rows, sha256 } of moved)
        host.out(`${table.padEnd(18)} ${`${rows}`.padStart(9)}  ${sha256}`)
      host.err('Every table has the same content on both sides.')
      host.err('Next: set DATABASE_URL and run latchstring serve, with the same master key.')
      return 0
    } catch (error) {
      throw asFailure(error)
    } finally {
      await source.close()
      await target.close()
      lock.release()
    }
  },
}

const misused = (message: string, cause?: unknown) => new Failure('configuration_invalid', { message, cause })

function readTarget(host: Host) {
  try {
    parseArgs({ args: host.args, options: {} })
  } catch (cause) {
    throw misused((cause as Error).message, cause)
  }
  const target = host.env['DATABASE_URL']
  if (!target) throw misused('Say where to: set DATABASE_URL to postgres://user:password@host:5432/database.')
  try {
    return readPostgresUrl(target)
  } catch (cause) {
    throw misused(`DATABASE_URL: ${(cause as Error).message}`, cause)
  }
}
