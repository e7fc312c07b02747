import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Logger } from '@latchstring/kit/log'
import type { Database } from './base/database.ts'
import type { Journal } from './usage/service.ts'

type Storage = { database: Database; journal: Journal; folder: string; log: Logger }

/** Whether the database and the usage journal answer. Asked often, so it reads a row of each and writes nothing. */
export async function askStorage({ database, journal, folder, log }: Storage) {
  const answers = async (name: string, file: string, ask: () => Promise<unknown>) => {
    try {
      if (database.dialect === 'sqlite') openAnew(join(folder, file))
      await ask()
      return true
    } catch (error) {
      log.error({ error }, `the ${name} does not answer`)
      return false
    }
  }
  const [main, usage] = await Promise.all([
    answers('database', 'latchstring.sqlite', () =>
      database.handle().selectFrom('organizations').select('id').limit(1).execute(),
    ),
    answers('usage journal', 'usage.sqlite', () =>
      journal.reader.selectFrom('usage_calls').select('sequence').limit(1).execute(),
    ),
  ])
  return { database: main, journal: usage }
}

/** Open files go on when theirs was moved away or written over: what a restart would find is asked of the path. */
function openAnew(path: string): void {
  const file = new DatabaseSync(path, { readOnly: true, timeout: 1000 })
  try {
    file.prepare('select count(*) from sqlite_schema').get()
  } finally {
    file.close()
  }
}
