import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import { LatchError } from '../errors.ts'
import type { World } from '../world.ts'

/** What the file rules need of the world. */
export type FileWorld = Pick<World, 'platform' | 'userId' | 'processId' | 'randomBytes' | 'now'>

const abandonedAfterMilliseconds = 3_600_000

export const codeOf = (error: unknown) => (error as NodeJS.ErrnoException | undefined)?.code

/**
 * Reads a file that only its owner may read or write: not through a symbolic link, of the right owner, closed to
 * others, in a folder of which the same is true.
 *
 * @returns undefined where there is none
 * @throws LatchError `store_unsafe` or `store_unavailable`, exit 5
 */
export function readPrivate(world: FileWorld, file: string): Buffer | undefined {
  let descriptor: number
  try {
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    if (codeOf(error) === 'ELOOP') {
      throw new LatchError('store_unsafe', {
        sentence: `${file} is a symbolic link, which the store does not follow.`,
        hint: 'Replace it by the file itself.',
        cause: error,
      })
    }
    throw unavailable(file, 'read', error)
  }
  try {
    checkOwner(world, path.dirname(file), statSync(path.dirname(file)))
    checkOwner(world, file, fstatSync(descriptor))
    return readFileSync(descriptor)
  } catch (error) {
    throw error instanceof LatchError ? error : unavailable(file, 'read', error)
  } finally {
    closeSync(descriptor)
  }
}

function checkOwner(world: FileWorld, file: string, facts: { uid: number; mode: number }) {
  if (world.userId === undefined) return
  if (facts.uid !== world.userId) {
    throw new LatchError('store_unsafe', {
      sentence: `${file} belongs to another user (number ${facts.uid}, you are ${world.userId}).`,
      hint: 'Run latch as that user, or remove the file.',
    })
  }
  if ((facts.mode & 0o077) !== 0) {
    const mode = (facts.mode & 0o777).toString(8).padStart(4, '0')
    throw new LatchError('store_unsafe', {
      sentence: `${file} is open to other people (mode ${mode}).`,
      hint: `Run: chmod go= '${file}'`,
    })
  }
}

/** Makes a folder that only its owner may enter, or checks the one that is there. */
export function makePrivateFolder(world: FileWorld, folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    checkOwner(world, folder, statSync(folder))
  } catch (error) {
    throw error instanceof LatchError ? error : unavailable(folder, 'made', error)
  }
}

/** A name beside a file, for what is not finished yet. */
export function temporaryName(world: FileWorld, file: string): string {
  return `${file}.${world.processId}.${world.randomBytes(6).toString('hex')}.tmp`
}

/** Writes a file whole, mode 0600, down to the disk; the name must be new. */
export function writeNew(file: string, content: string | Buffer): void {
  const descriptor = openSync(file, 'wx', 0o600)
  try {
    const bytes = Buffer.from(content)
    for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Replaces a file so that a reader, and the disk after a loss of power, sees the old content or the new, never a part:
 * temporary file, fsync, rename, fsync of the folder.
 *
 * @throws LatchError `store_unavailable`, exit 5; the old file is then still whole
 */
export function replacePrivate(world: FileWorld, file: string, content: string | Buffer): void {
  makePrivateFolder(world, path.dirname(file))
  replaceFile(world, file, content)
}

/** The same for a file that holds no secret, in a folder that may be open to be read. */
export function replaceFile(world: FileWorld, file: string, content: string | Buffer): void {
  const temporary = temporaryName(world, file)
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    writeNew(temporary, content)
    renameSync(temporary, file)
    syncFolder(world, path.dirname(file))
  } catch (error) {
    removeQuietly(temporary)
    throw unavailable(file, 'written', error)
  }
}

/** Removes a file, down to the disk. Returns whether there was one. */
export function removePrivate(world: FileWorld, file: string): boolean {
  try {
    unlinkSync(file)
    syncFolder(world, path.dirname(file))
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw unavailable(file, 'removed', error)
  }
}

/**
 * Finds out whether a folder takes a new file, by making and removing one: before a browser is opened or a refresh
 * token is spent.
 *
 * @throws LatchError `store_unavailable` or `store_unsafe`, exit 5
 */
export function probeFolder(world: FileWorld, folder: string): void {
  makePrivateFolder(world, folder)
  const probe = temporaryName(world, path.join(folder, 'probe'))
  try {
    writeNew(probe, 'probe')
  } catch (error) {
    throw unavailable(folder, 'written', error)
  } finally {
    removeQuietly(probe)
  }
}

/** Removes what killed processes left unfinished more than an hour ago. */
export function sweepTemporary(world: FileWorld, folder: string): void {
  for (const name of listed(folder).filter(name => name.endsWith('.tmp'))) {
    const file = path.join(folder, name)
    try {
      if (world.now() - lstatSync(file).mtimeMs > abandonedAfterMilliseconds) unlinkSync(file)
    } catch {
      // Another process swept it first.
    }
  }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Removes a file if it is there; what cannot be removed is left to the sweep. */
export function removeQuietly(file: string): void {
  try {
    unlinkSync(file)
  } catch {
    // Gone already.
  }
}

/** A rename is on the disk only with its folder. Windows cannot open one. */
export function syncFolder(world: Pick<World, 'platform'>, folder: string): void {
  if (world.platform === 'win32') return
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function unavailable(
  place: string,
  what: 'read' | 'made' | 'written' | 'removed',
  cause: unknown,
): LatchError {
  const reasons: Record<string, [string, string]> = {
    EACCES: ['permission denied', 'Give yourself access to it and run the command again.'],
    EPERM: ['not permitted', 'Give yourself access to it and run the command again.'],
    EROFS: [
      'the file system is read-only',
      'Set XDG_STATE_HOME to a writable folder and run the command again.',
    ],
    ENOSPC: ['the disk is full', 'Make room and run the command again.'],
    EDQUOT: ['your disk quota is used up', 'Make room and run the command again.'],
    ENOTDIR: ['a file stands where a folder should be', 'Move that file away and run the command again.'],
    EEXIST: ['a file stands where a folder should be', 'Move that file away and run the command again.'],
    EISDIR: ['a folder stands where a file should be', 'Move that folder away and run the command again.'],
  }
  const [why, hint] = reasons[codeOf(cause) ?? ''] ?? [
    codeOf(cause) ?? 'unknown reason',
    'Check it and try again.',
  ]
  return new LatchError('store_unavailable', { sentence: `${place} cannot be ${what}: ${why}.`, hint, cause })
}
