import path from 'node:path'
import { LatchError } from '../errors.ts'
import { placesOf } from '../places.ts'
import type { World } from '../world.ts'
import { open, readEnvelope, seal } from './envelope.ts'
import { readKey, readOrMakeKey } from './key-file.ts'
import { probeFolder, readPrivate, removePrivate, replacePrivate, sweepTemporary } from './private-files.ts'

/** A sign-in as it is kept. Times are milliseconds since 1970, UTC. */
export type AccountRecord = {
  /** The server's address and issuer, without a trailing slash. */
  address: string
  tokenEndpoint: string
  revocationEndpoint: string | null
  email: string | null
  accessToken: string
  issuedAt: number
  expiresAt: number
  refreshToken: string
  /** Stands here from before a refresh is sent until its answer is stored: a repeat after a crash sends it again. */
  refreshId: string | null
  /** The server refused the refresh token; the person must sign in again. */
  reauthRequired: boolean
  signedInAt: number
}

export type StoredAccount = { generation: number; record: AccountRecord }

const vaultFile = (world: World, account: string) => path.join(placesOf(world).vaultFolder, `${account}.v1`)

/**
 * Reads an account.
 *
 * @returns undefined where nothing is stored under this name
 * @throws LatchError exit 5: unsafe file, missing key, damaged content
 */
export function readAccount(world: World, account: string): StoredAccount | undefined {
  const file = vaultFile(world, account)
  const content = readPrivate(world, file)
  if (content === undefined) return undefined
  const envelope = readEnvelope(content)
  if (!envelope) throw damaged(file)
  const key = readKey(world)
  if (!key) {
    throw new LatchError('store_key_missing', {
      hint: `Bring ${placesOf(world).keyFile} back, or run latch login again.`,
    })
  }
  const text = open(key, account, envelope)
  if (text === undefined) throw damaged(file)
  return { generation: envelope.generation, record: JSON.parse(text) as AccountRecord }
}

const damaged = (file: string) =>
  new LatchError('store_damaged', { sentence: `${file} was damaged or changed by another program.` })

/** Somebody else wrote the account since it was read; nothing was overwritten. */
export class StaleWrite extends Error {}

/**
 * Writes an account whole, down to the disk, one generation on.
 *
 * @param after the generation that was read; null overwrites whatever is there (a new sign-in)
 * @throws StaleWrite where the stored generation is another one
 * @throws LatchError exit 5 where the store cannot be written
 */
export function writeAccount(
  world: World,
  account: string,
  record: AccountRecord,
  after: number | null,
): StoredAccount {
  const file = vaultFile(world, account)
  const content = after === null ? readQuietly(world, file) : readPrivate(world, file)
  const present = (content && readEnvelope(content)?.generation) ?? 0
  if (after !== null && after !== present) throw new StaleWrite(`generation ${present}, read ${after}`)
  const generation = present + 1
  const envelope = seal(
    readOrMakeKey(world),
    { account, generation },
    JSON.stringify(record),
    world.randomBytes,
  )
  replacePrivate(world, file, `${JSON.stringify(envelope)}\n`)
  return { generation, record }
}

/** A new sign-in replaces what is there, in whatever state it is. */
function readQuietly(world: World, file: string): Buffer | undefined {
  try {
    return readPrivate(world, file)
  } catch {
    return undefined
  }
}

/** Forgets an account. Returns whether there was one. */
export function removeAccount(world: World, account: string): boolean {
  return removePrivate(world, vaultFile(world, account))
}

/**
 * Makes sure that a sign-in could be stored now: folders, key, a trial write.
 *
 * @throws LatchError exit 5, before a browser is opened
 */
export function probeStore(world: World): void {
  const { stateFolder, vaultFolder, lockFolder } = placesOf(world)
  for (const folder of [stateFolder, vaultFolder, lockFolder]) {
    probeFolder(world, folder)
    sweepTemporary(world, folder)
  }
  readOrMakeKey(world)
}

/** Where an account lies, in words for `latch status`. */
export function describeStore(world: World, account: string) {
  return { kind: 'encrypted file', file: vaultFile(world, account), key: placesOf(world).keyFile } as const
}
