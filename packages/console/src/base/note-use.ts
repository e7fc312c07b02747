import { Failure } from '@latchstring/protocol'
import type { Base } from './base.ts'

/**
 * Writes when something was last used. Only a note: on a full disk, what only reads goes on without it.
 */
export async function noteUse(
  base: Base,
  write: Parameters<Base['database']['transaction']>[0],
): Promise<void> {
  try {
    await base.database.transaction(write)
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'storage_unavailable') throw error
    base.log.warn({ error: error.cause }, 'when something was last used could not be noted')
  }
}
