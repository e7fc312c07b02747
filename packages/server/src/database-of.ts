import { join } from 'node:path'
import type { Database } from '@latchstring/console/base/database'
import { openPostgres, openSqlite } from '@latchstring/console/base/database'
import type { PostgresSettings } from '@latchstring/console/base/postgres-url'
import type { Config } from './config.ts'

type Placed = Pick<Config, 'dataFolder'> & { postgres?: PostgresSettings | null }

/** The main database's file; null where the data lies in PostgreSQL. */
export const databaseFile = (config: Placed): string | null =>
  config.postgres ? null : join(config.dataFolder, 'latchstring.sqlite')

/** Opens the database of a configuration as it is: nothing is migrated, no job runs. */
export const openDatabase = (config: Placed): Database =>
  config.postgres ? openPostgres(config.postgres) : openSqlite(join(config.dataFolder, 'latchstring.sqlite'))
