import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Failure } from '@latchstring/protocol'

/**
 * Holds a data folder for one server. The lock is an open exclusive transaction, so that it ends with the process,
 * however the process ends, and leaves nothing to clean up.
 *
 * @throws Failure `data_in_use`
 */
export function lockData(folder: string): { release(): void } {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = new DatabaseSync(join(folder, 'server.lock'), { timeout: 0 })
  try {
    file.exec('begin exclusive')
  } catch (cause) {
    file.close()
    if ((cause as { errcode?: number }).errcode !== 5) throw cause
    throw new Failure('data_in_use', { message: `Another server is using ${folder}.`, cause })
  }
  return { release: () => file.close() }
}
