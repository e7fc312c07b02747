import type { KeyObject } from 'node:crypto'
import { createSecretKey, randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/**
 * Reads the master key, or makes it on the first start. The file lies outside the data folder, so that a copy of the
 * data opens nothing; it must belong to nobody else's eyes (mode 0600).
 *
 * @throws Error with a sentence for the operator when the file cannot be used
 */
export function readMasterKey(path: string): KeyObject {
  const known = findMasterKey(path)
  if (known !== undefined) return known
  createMasterKey(path)
  return readMasterKey(path)
}

/**
 * Reads the master key where there is one.
 *
 * @throws Error with a sentence for the operator when the file cannot be used
 */
export function findMasterKey(path: string): KeyObject | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return undefined
  }
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    throw new Error(`${path} can be read by others. Run: chmod 600 ${path}`)
  }
  const bytes = Buffer.from(text.trim(), 'base64url')
  if (bytes.length !== 32) throw new Error(`${path} does not hold a master key (32 bytes, base64url)`)
  return createSecretKey(bytes)
}

/**
 * Makes a key where there is none. Writes beside and links, so that two first starts at once agree on one key and none
 * reads half of it.
 */
export function createMasterKey(path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeSync(file, `${randomBytes(32).toString('base64url')}\n`)
    fsyncSync(file)
    chmodSync(draft, 0o600)
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    closeSync(file)
    unlinkSync(draft)
  }
}
