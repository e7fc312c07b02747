import { linkSync } from 'node:fs'
import path from 'node:path'
import { LatchError } from '../errors.ts'
import { placesOf } from '../places.ts'
import type { World } from '../world.ts'
import {
  codeOf,
  makePrivateFolder,
  readPrivate,
  removeQuietly,
  syncFolder,
  temporaryName,
  writeNew,
} from './private-files.ts'

const keyLength = 32

/**
 * The store's key from its file beside the vault: 32 bytes as base64url, mode 0600.
 *
 * @returns undefined where there is none yet
 * @throws LatchError exit 5 where it is open to others or is no key
 */
export function readKey(world: World): Buffer | undefined {
  const { keyFile } = placesOf(world)
  const content = readPrivate(world, keyFile)
  if (content === undefined) return undefined
  const key = Buffer.from(content.toString('utf8').trim(), 'base64url')
  if (key.length === keyLength) return key
  throw new LatchError('store_damaged', {
    sentence: `${keyFile} does not hold a key.`,
    hint: 'Bring the right file back, or remove it and run latch login again.',
  })
}

/** The store's key, made at its first use. Of two processes that make one at once, both get the first one's. */
export function readOrMakeKey(world: World): Buffer {
  const present = readKey(world)
  if (present) return present
  const { keyFile } = placesOf(world)
  makePrivateFolder(world, path.dirname(keyFile))
  const temporary = temporaryName(world, keyFile)
  try {
    writeNew(temporary, `${world.randomBytes(keyLength).toString('base64url')}\n`)
    linkSync(temporary, keyFile)
    syncFolder(world, path.dirname(keyFile))
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') {
      throw new LatchError('store_unavailable', { sentence: `${keyFile} cannot be written.`, cause: error })
    }
  } finally {
    removeQuietly(temporary)
  }
  const made = readKey(world)
  if (made) return made
  throw new LatchError('store_unavailable', { sentence: `${keyFile} cannot be read back.` })
}
