import { linkSync, lstatSync, readFileSync, readlinkSync, unlinkSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { LatchError } from './errors.ts'
import { placesOf } from './places.ts'
import {
  codeOf,
  makePrivateFolder,
  removeQuietly,
  sweepTemporary,
  temporaryName,
  writeNew,
} from './store/private-files.ts'
import type { World } from './world.ts'

/** Who holds a lock. A process number alone proves nothing: numbers are used again, and containers count their own. */
export type LockOwner = {
  processId: number
  /** Identity of the process-number space (`/proc/self/ns/pid`); null where the platform has none. */
  processSpace: string | null
  /** Identity of this run of the machine; null where the platform tells none. */
  bootId: string | null
  /** The process's start in clock ticks since boot; null where the platform tells none. */
  startTicks: string | null
  nonce: string
}

/** What is seen of the process that has the owner's number here and now. */
export type SeenProcess = { present: boolean; startTicks: string | null; ended: boolean }

export type Lock = {
  /** Whether the lock is still this process's: it may have been taken away after a long sleep of the machine. */
  held(): boolean
  release(): void
}

const heartbeatMilliseconds = 1_000
/** Without a sign for this long an owner that cannot be looked at is dead. */
const foreignSilenceMilliseconds = 10_000
/** One that can be looked at and is there may be stopped; after this long it has lost the lock all the same. */
const silenceMilliseconds = 30_000

/**
 * Decides whether the owner of a lock is gone. Zombies count as gone: they answer signals and keep their start time
 * (recorded: 24 of 29 waiting processes timed out on one).
 *
 * @param silentMilliseconds since the owner's last heartbeat
 */
export function ownerIsDead(
  owner: LockOwner | undefined,
  here: Pick<LockOwner, 'processSpace' | 'bootId'>,
  seen: SeenProcess,
  silentMilliseconds: number,
): boolean {
  const silence = Math.abs(silentMilliseconds)
  if (!owner || owner.processSpace !== here.processSpace || owner.bootId !== here.bootId) {
    return silence > foreignSilenceMilliseconds
  }
  if (!seen.present || seen.ended || seen.startTicks !== owner.startTicks) return true
  return silence > silenceMilliseconds
}

/**
 * Takes an account's lock if it is free or its owner is gone; does not wait. The owner record is published whole by
 * link(2), so no process ever meets an empty lock. The lock lies beside the vault: same credential, same lock.
 *
 * @returns undefined where a living process holds it
 * @throws LatchError `store_unavailable`, exit 5, where the folder does not take it
 */
export function tryLock(world: World, account: string): Lock | undefined {
  const { lockFolder } = placesOf(world)
  makePrivateFolder(world, lockFolder)
  return take(world, path.join(lockFolder, account), 0)
}

/**
 * Takes an account's lock, waiting for its owner.
 *
 * @throws LatchError `busy`, exit 8, after 30 seconds
 */
export async function lock(world: World, account: string): Promise<Lock> {
  const until = world.now() + 30_000
  for (;;) {
    const taken = tryLock(world, account)
    if (taken) return taken
    if (world.now() > until) throw new LatchError('busy')
    await world.sleep(waitMilliseconds(world))
  }
}

/** Spread, so that those who wait do not come all at once. */
export const waitMilliseconds = (world: World) => 15 + ((world.randomBytes(1)[0] ?? 0) % 20)

function take(world: World, file: string, depth: number): Lock | undefined {
  const owner = ownRecord(world)
  const temporary = temporaryName(world, file)
  try {
    writeNew(temporary, JSON.stringify(owner))
    touch(world, temporary)
    if (!linked(temporary, file) && !(reap(world, file, depth) && linked(temporary, file))) return undefined
  } catch (error) {
    if (error instanceof LatchError) throw error
    throw new LatchError('store_unavailable', {
      sentence: `no lock can be made in ${path.dirname(file)} (${codeOf(error)}).`,
      cause: error,
    })
  } finally {
    removeQuietly(temporary)
  }
  if (depth === 0) sweepTemporary(world, path.dirname(file))
  return holding(world, file, owner.nonce)
}

function holding(world: World, file: string, nonce: string): Lock {
  const held = () => readOwner(file)?.nonce === nonce
  const heart = setInterval(() => held() && touch(world, file), heartbeatMilliseconds)
  heart.unref()
  return {
    held,
    release() {
      clearInterval(heart)
      if (held()) removeQuietly(file)
    },
  }
}

/**
 * Removes a dead owner's lock. Only the holder of the guard may, and only after seeing the same dead owner again:
 * otherwise a second reaper would remove the lock that a third process has just taken. A guard is a lock of the same
 * kind, so that a reaper killed in between is reaped too.
 */
function reap(world: World, file: string, depth: number): boolean {
  if (!isDead(world, file)) return false
  if (depth >= 3) return false
  const guard = take(world, `${file}.reap`, depth + 1)
  if (!guard) return false
  try {
    if (!isDead(world, file)) return false
    unlinkSync(file)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true
    throw error
  } finally {
    guard.release()
  }
}

function isDead(world: World, file: string): boolean {
  try {
    const silent = world.now() - lstatSync(file).mtimeMs
    const owner = readOwner(file)
    return ownerIsDead(owner, spaceHere(), seenProcess(owner?.processId ?? 0), silent)
  } catch (error) {
    // Released meanwhile: nothing to reap, and the next attempt finds it free.
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

function readOwner(file: string): LockOwner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LockOwner
  } catch {
    return undefined
  }
}

function touch(world: World, file: string): void {
  const seconds = world.now() / 1000
  try {
    utimesSync(file, seconds, seconds)
  } catch {
    // Taken away: `held` says so.
  }
}

function ownRecord(world: World): LockOwner {
  return {
    processId: world.processId,
    ...spaceHere(),
    startTicks: seenProcess(world.processId).startTicks,
    nonce: world.randomBytes(12).toString('base64url'),
  }
}

function spaceHere(): Pick<LockOwner, 'processSpace' | 'bootId'> {
  return {
    processSpace: orNull(() => readlinkSync('/proc/self/ns/pid')),
    bootId: orNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
  }
}

/** Reads `/proc/PID/stat` (proc(5)); elsewhere asks with signal 0, which cannot tell one process from the next. */
function seenProcess(processId: number): SeenProcess {
  const stat = orNull(() => readFileSync(`/proc/${processId}/stat`, 'utf8'))
  if (stat !== null) {
    // The second field is the program's name in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { present: true, startTicks: fields[19] ?? null, ended: fields[0] === 'Z' || fields[0] === 'X' }
  }
  return { present: answers(processId), startTicks: null, ended: false }
}

function answers(processId: number): boolean {
  try {
    return processId > 0 && process.kill(processId, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

function orNull(read: () => string): string | null {
  try {
    return read()
  } catch {
    return null
  }
}
