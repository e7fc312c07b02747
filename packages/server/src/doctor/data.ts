import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { compareMigrations } from '@latchstring/console/base/migrate'
import { tryMasterKey } from '@latchstring/console/sealed-columns'
import { integrityProblems } from '../backups/contents.ts'
import { databaseFile, openDatabase } from '../database-of.ts'
import type { Finding, Known } from './check.ts'
import { messageOf, ok, skipped, wrong } from './check.ts'

/** How far the newest row may lie in the future: clocks differ by a little. */
const clockMs = 60_000
const restoreIt = 'Stop the server, keep this folder, and restore the newest backup that verifies.'

const damaged = (path: string): Finding | undefined => {
  try {
    const [problem] = integrityProblems(path)
    return problem === undefined ? undefined : wrong(`${path}: ${problem}`, restoreIt)
  } catch (error) {
    return wrong(`${path} does not open: ${messageOf(error)}`, restoreIt)
  }
}

export async function database(facts: Known<'config'>): Promise<Finding> {
  const path = databaseFile(facts.config)
  if (path !== null && !existsSync(path))
    return skipped(`${path} is not there yet: nobody has started this server`)
  const damage = path === null ? undefined : damaged(path)
  if (damage !== undefined) return damage
  const opened = openDatabase(facts.config)
  try {
    await opened.handle().introspection.getTables()
  } catch (error) {
    await opened.close()
    return wrong(
      `the database does not answer: ${messageOf(error)}`,
      'Look after it, or correct DATABASE_URL.',
    )
  }
  facts.database = opened
  return ok(path === null ? 'PostgreSQL answers' : `${path} is whole`)
}

export async function migrations({ database: opened }: Known<'database'>): Promise<Finding> {
  const { pending, unknown } = await compareMigrations(opened)
  if (unknown.length > 0)
    return wrong(
      `a newer build has used this data (${unknown.join(', ')})`,
      'Run that build or a newer one; this one cannot read it.',
    )
  return pending.length > 0
    ? wrong(
        `not yet run: ${pending.join(', ')}`,
        'Take a backup, then restart the server: it runs them at its start.',
      )
    : ok('every migration has run')
}

export async function journal({ config }: Known<'config'>): Promise<Finding> {
  if (databaseFile(config) === null) return skipped('the journal lies in PostgreSQL')
  const path = join(config.dataFolder, 'usage.sqlite')
  if (!existsSync(path)) {
    return existsSync(join(config.dataFolder, 'latchstring.sqlite'))
      ? wrong(`${path} is gone, and the rows of every call with it`, restoreIt)
      : skipped(`${path} is not there yet`)
  }
  return damaged(path) ?? ok(`${path} is whole`)
}

export async function masterKey({
  masterKey: key,
  database: opened,
  config,
}: Known<'masterKey' | 'database' | 'config'>): Promise<Finding> {
  const { opened: count, shut } = await tryMasterKey(opened, key)
  const [first] = shut
  return first === undefined
    ? ok(`opens all ${count} sealed values`)
    : wrong(
        `${config.keyFile} does not open ${shut.length} of ${count + shut.length} sealed values (${first.table} ${first.row})`,
        'Put back the key file that belongs to this data.',
      )
}

export async function signingKey({ database: opened }: Known<'database'>): Promise<Finding> {
  const live = await opened
    .handle()
    .selectFrom('signing_keys')
    .select('kid')
    .where('retired_at', 'is', null)
    .execute()
  return live.length === 0
    ? wrong('there is no signing key: no access token can be made', 'Restart the server: it makes one.')
    : ok(`${live.length} published`)
}

/** Pure: the clock of this host against what it wrote before. */
export function judgeClock(now: number, newest: number): Finding {
  const aheadMs = newest - now
  return aheadMs > clockMs
    ? wrong(
        `the clock says ${new Date(now).toISOString()}, and the newest row is of ${new Date(newest).toISOString()}`,
        'Set the clock (NTP). Until then tokens and links live too long and new rows sort wrongly.',
      )
    : ok(new Date(now).toISOString())
}

export async function clock({ database: opened, around }: Known<'database'>): Promise<Finding> {
  const handle = opened.handle()
  const [line, session] = await Promise.all([
    handle.selectFrom('audit_lines').select('at').orderBy('at', 'desc').limit(1).executeTakeFirst(),
    handle
      .selectFrom('sessions')
      .select('last_used_at')
      .orderBy('last_used_at', 'desc')
      .limit(1)
      .executeTakeFirst(),
  ])
  return judgeClock(around.now(), Math.max(line?.at ?? 0, session?.last_used_at ?? 0))
}
