import { createSecretKey, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeLog } from '@latchstring/kit/log'
import type { Base, Settings } from '../base.ts'
import type { Database } from '../database.ts'
import { openPostgres, openSqlite } from '../database.ts'
import type { Happenings } from '../happenings.ts'
import { makeMailer } from '../mail.ts'
import { migrate } from '../migrate.ts'
import { makeRevocations } from '../revocations.ts'
import { giveBack, makeMigratedDatabase, rowsOf, testDialect } from './postgres.ts'

export type TestBase = Base & {
  folder: string
  /** Moves the given clock. */
  advance(milliseconds: number): void
  /** Every line that was logged. */
  logged: string[]
  database: Database
  /** Opens the same database once more, as another process would. Whoever opens it closes it. */
  openAgain(): Database
  /** All that is stored: SQLite's files with the write-ahead log as they lie there, or every row of PostgreSQL. */
  stored(): Promise<Buffer>
  close(): Promise<void>
}

/** A base on a real database in a folder of its own, with a given clock and nothing listening to what happens. */
export async function makeTestBase(
  options: { settings?: Partial<Settings>; happen?: (base: Base) => Happenings; start?: number } = {},
): Promise<TestBase> {
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-'))
  let clock = options.start ?? Date.now()
  const now = () => clock
  const logged: string[] = []
  const log = makeLog('debug', { write: line => void logged.push(line) })
  const postgres = testDialect === 'postgres' ? await makeMigratedDatabase() : undefined
  const openAgain = () =>
    postgres === undefined ? openSqlite(join(folder, 'latchstring.sqlite')) : openPostgres(postgres.settings)
  const database = openAgain()
  if (postgres === undefined) await migrate(database)
  const settings: Settings = {
    url: 'http://localhost:4180',
    dataFolder: folder,
    loopback: true,
    accessTokenSeconds: 900,
    smtpUrl: null,
    mailFrom: 'latchstring@localhost',
    ...options.settings,
  }
  const base: TestBase = {
    folder,
    database,
    openAgain,
    async stored() {
      if (postgres !== undefined) return await rowsOf(base.database)
      const files = readdirSync(folder).filter(name => name.startsWith('latchstring.sqlite'))
      return Buffer.concat(files.map(name => readFileSync(join(folder, name))))
    },
    now,
    log,
    logged,
    settings,
    masterKey: createSecretKey(randomBytes(32)),
    mailer: makeMailer({
      smtpUrl: settings.smtpUrl,
      from: settings.mailFrom,
      folder: join(folder, 'outbox'),
      now,
      log,
    }),
    revocations: makeRevocations(database, now),
    happen: async () => {},
    advance: milliseconds => {
      clock += milliseconds
    },
    async close() {
      await database.close()
      if (base.database !== database) await base.database.close()
      if (postgres !== undefined) await giveBack(postgres)
      rmSync(folder, { recursive: true, force: true })
    },
  }
  if (options.happen !== undefined) base.happen = options.happen(base)
  return base
}
