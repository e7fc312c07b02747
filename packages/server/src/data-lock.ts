import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Failure } from '@latchstring/protocol'

/**
 * Holds a data folder for one server. The lock is an open exclusive transaction, so that it ends with the process,
 * however the process ends, and leaves nothing to clean up.
 *
 * @throws Failure `data_in_use`, `storage_unavailable`
 */
export function lockData(folder: string): { release(): void } {
  let file: DatabaseSync | undefined
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    file = new DatabaseSync(join(folder, 'server.lock'), { timeout: 0 })
    file.exec('begin exclusive')
  } catch (cause) {
    file?.close()
    const { errcode, message } = cause as Error & { errcode?: number }
    if (errcode === 5)
      throw new Failure('data_in_use', { message: `Another server is using ${folder}.`, cause })
    throw new Failure('storage_unavailable', { message: `${folder} cannot be written: ${message}.`, cause })
  }
  const held = file
  return { release: () => held.close() }
}
