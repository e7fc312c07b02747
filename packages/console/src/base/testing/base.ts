import { createSecretKey, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeLog } from '@latchstring/kit/log'
import type { Base, Settings } from '../base.ts'
import type { Database } from '../database.ts'
import { openSqlite } from '../database.ts'
import type { Happenings } from '../happenings.ts'
import { makeMailer } from '../mail.ts'
import { migrate } from '../migrate.ts'
import { makeRevocations } from '../revocations.ts'

export type TestBase = Base & {
  folder: string
  /** Moves the given clock. */
  advance(milliseconds: number): void
  /** Every line that was logged. */
  logged: string[]
  database: Database
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
  const database = openSqlite(join(folder, 'latchstring.sqlite'))
  await migrate(database)
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
      rmSync(folder, { recursive: true, force: true })
    },
  }
  if (options.happen !== undefined) base.happen = options.happen(base)
  return base
}
