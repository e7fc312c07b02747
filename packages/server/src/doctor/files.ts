import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findMasterKey } from '@latchstring/kit/master-key'
import { Failure } from '@latchstring/protocol'
import { readConfig } from '../config.ts'
import { databaseFile } from '../database-of.ts'
import type { Facts, Finding, Known } from './check.ts'
import { advice, messageOf, ok, skipped, wrong } from './check.ts'

/** Less than this, and the server soon cannot write. */
const leastFreeBytes = 256 * 1024 * 1024
/** Links in mails end after 15 minutes; what lies here longer was never wanted. */
const oldMailMs = 24 * 3600 * 1000

export async function configuration(facts: Facts): Promise<Finding> {
  try {
    facts.config = readConfig(facts.env, facts.folder)
    return ok(`serves ${facts.config.url}, data in ${facts.config.dataFolder}`)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return wrong(error.message, 'Correct this environment variable.')
  }
}

/** What is known of a folder or file that must be private. */
type Owned = { path: string; mode: number; uid: number }

/** Says what is wrong with whose a path is; pure. */
export function judgeOwner({ path, mode, uid }: Owned, owner: number, what: string): Finding | undefined {
  if ((mode & 0o077) !== 0)
    return wrong(
      `${path} can be read by others (mode ${(mode & 0o777).toString(8)})`,
      `Run: chmod go= ${path}`,
    )
  if (uid !== owner)
    return wrong(
      `${path} belongs to user ${uid}, ${what} to user ${owner}`,
      `Run as root: chown ${owner} ${path}. Run latchstring commands as the server's user.`,
    )
  return undefined
}

const owned = (path: string): Owned => ({ path, ...statSync(path) })

export async function dataFolder({ config: { dataFolder: path } }: Known<'config'>): Promise<Finding> {
  if (!existsSync(path))
    return wrong(`${path} is not there`, 'Set LATCHSTRING_DATA, or start the server once.')
  if (!statSync(path).isDirectory())
    return wrong(`${path} is not a folder`, 'Set LATCHSTRING_DATA to a folder.')
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    return wrong(
      `${path} cannot be written: ${messageOf(error)}`,
      'Run this as the server’s user, or give it the folder.',
    )
  }
  const { uid } = statSync(path)
  const self = process.getuid?.() ?? uid
  const folder = judgeOwner(owned(path), self === 0 ? uid : self, 'this process')
  if (folder !== undefined) return folder
  for (const name of readdirSync(path)) {
    const inside = owned(join(path, name))
    if (inside.uid !== uid) return judgeOwner({ ...inside, mode: 0 }, uid, 'the data folder') as Finding
  }
  return ok(`${path}, mode ${(statSync(path).mode & 0o777).toString(8)}`)
}

export async function diskSpace({ config, around }: Known<'config'>): Promise<Finding> {
  const path = existsSync(config.dataFolder) ? config.dataFolder : dirname(config.dataFolder)
  const free = around.freeBytes(path)
  const megabytes = `${Math.floor(free / 1024 / 1024)} MB free at ${path}`
  return free < leastFreeBytes
    ? wrong(megabytes, 'Make room: without it nothing can be written.')
    : ok(megabytes)
}

export async function keyFile(facts: Known<'config'>): Promise<Finding> {
  const { config } = facts
  const { keyFile: path } = config
  if (path.startsWith(join(config.dataFolder, '/')))
    return wrong(`${path} lies in the data folder`, 'Move it out and set LATCHSTRING_KEY_FILE.')
  let masterKey: ReturnType<typeof findMasterKey>
  try {
    masterKey = findMasterKey(path)
  } catch (error) {
    return wrong(messageOf(error), `Put the right key file at ${path}, mode 0600.`)
  }
  const file = databaseFile(config)
  if (masterKey === undefined) {
    return file === null || existsSync(file)
      ? wrong(`${path} is not there`, 'Put back the key file that belongs to this data.')
      : skipped(`${path} is made at the first start`)
  }
  const self = existsSync(config.dataFolder) ? statSync(config.dataFolder).uid : statSync(path).uid
  const judged = judgeOwner(owned(path), self, 'the data folder')
  if (judged !== undefined) return judged
  facts.masterKey = masterKey
  return existsSync(`${path}.new`)
    ? wrong(
        `${path}.new is there: a rotation was broken off`,
        'Run latchstring rotate master-key: it finishes or takes back.',
      )
    : ok(path)
}

export async function outbox({ config, around }: Known<'config'>): Promise<Finding> {
  const folder = join(config.dataFolder, 'outbox')
  const mails = existsSync(folder) ? readdirSync(folder).filter(name => name.startsWith('mail_')) : []
  const old = mails.filter(name => around.now() - statSync(join(folder, name)).mtimeMs > oldMailMs)
  return old.length === 0
    ? ok(`${mails.length} mails in ${folder}`)
    : advice(
        `${old.length} mails older than a day lie in ${folder}`,
        config.smtpUrl === null
          ? 'Nobody gets these: set LATCHSTRING_SMTP_URL. Their links have ended, so they can be deleted.'
          : 'They are from before mail was set up; their links have ended, so they can be deleted.',
      )
}
