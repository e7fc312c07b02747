import type { KeyObject } from 'node:crypto'
import { linkSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Database } from '@latchstring/console/base/database'
import { countOtherSessions } from '@latchstring/console/base/other-sessions'
import { resealAll, tryMasterKey } from '@latchstring/console/sealed-columns'
import { createMasterKey, findMasterKey } from '@latchstring/kit/master-key'
import { Failure } from '@latchstring/protocol'
import { syncFolder } from './backups/take-backup.ts'
import type { Config } from './config.ts'
import { lockData } from './data-lock.ts'
import { openDatabase } from './database-of.ts'

/** The points between which a rotation can be broken off, in their order. */
export const rotationSteps = ['key written', 'resealed', 'committed', 'old key kept', 'swapped'] as const
export type RotationStep = (typeof rotationSteps)[number]

export type Rotated = { sealedValues: number; oldKeyFile: string; finished: boolean }

/**
 * Puts another master key in place of the present one. The new key lies on disk before anything is sealed under it, all
 * values change in one transaction, and the key file changes by one rename: wherever this is broken off, either the key
 * file or `<key file>.new` opens everything. Run again, it looks which of the two does, and goes on from there.
 *
 * @param reached called at each step; a test ends the process there
 * @throws Failure `data_in_use` while a server runs, `master_key_missing`, `master_key_wrong`
 */
export async function rotateMasterKey(
  config: Config,
  reached: (step: RotationStep) => void = () => {},
  now = Date.now(),
): Promise<Rotated> {
  const { keyFile } = config
  const newFile = `${keyFile}.new`
  const lock = lockData(config.dataFolder)
  const database = openDatabase(config)
  try {
    await mustBeAlone(database)
    const present = findMasterKey(keyFile)
    if (present === undefined)
      throw new Failure('master_key_missing', { message: `There is no master key at ${keyFile}.` })
    let next = findMasterKey(newFile)
    const finished = next !== undefined && (await opensAll(database, next))
    if (next === undefined || !finished) {
      if (!(await opensAll(database, present)))
        throw new Failure('master_key_wrong', {
          message: `${keyFile} does not open what the data holds sealed.`,
        })
      if (next === undefined) {
        createMasterKey(newFile)
        syncFolder(dirname(newFile))
        next = findMasterKey(newFile) as KeyObject
      }
      reached('key written')
      await resealAll({ database, now: () => now }, present, next, () => reached('resealed'))
      reached('committed')
    }
    const { opened, shut } = await tryMasterKey(database, next)
    if (shut.length > 0) throw new Error('a value that was sealed anew does not open')
    const oldKeyFile = `${keyFile}.until-${new Date(now).toISOString().replaceAll(/[-:.]/g, '')}`
    linkSync(keyFile, oldKeyFile)
    reached('old key kept')
    renameSync(newFile, keyFile)
    syncFolder(dirname(keyFile))
    reached('swapped')
    return { sealedValues: opened, oldKeyFile, finished }
  } finally {
    await database.close()
    lock.release()
  }
}

/**
 * The data lock tells of a server on this folder only. On PostgreSQL a server with the old key would go on sealing under
 * it, so nobody else may be there.
 *
 * @throws Failure `data_in_use`
 */
async function mustBeAlone(database: Database): Promise<void> {
  const others = await countOtherSessions(database)
  if (others === 0) return
  throw new Failure('data_in_use', {
    message: `${others} other sessions use this database. Stop every server on it.`,
  })
}

const opensAll = async (database: Database, key: KeyObject) =>
  (await tryMasterKey(database, key)).shut.length === 0
