import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { LatchError } from './errors.ts'
import { placesOf } from './places.ts'
import { codeOf, replaceFile } from './store/private-files.ts'
import type { World } from './world.ts'

/** Which servers this machine knows. No secret stands here. */
export type Configuration = {
  schemaVersion: 1
  /** The account that `latch token` uses. */
  defaultAccount: string | null
  accounts: Record<string, { address: string }>
}

const empty: Configuration = { schemaVersion: 1, defaultAccount: null, accounts: {} }

/** Account names become file names. */
const namePattern = /^[a-z0-9][a-z0-9.-]{0,99}$/

/**
 * Reads `config.json`; an empty configuration where there is none.
 *
 * @throws LatchError `configuration_damaged`, exit 1
 */
export function readConfiguration(world: World): Configuration {
  const file = placesOf(world).configuration
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return empty
    throw new LatchError('configuration_damaged', {
      sentence: `${file} cannot be read (${codeOf(error)}).`,
      hint: 'Give yourself access to it.',
      cause: error,
    })
  }
  const value = parse(text)
  if (value) return value
  throw new LatchError('configuration_damaged', {
    sentence: `${file} is not a configuration of this version.`,
  })
}

function parse(text: string): Configuration | undefined {
  try {
    const value = JSON.parse(text) as Partial<Configuration> | null
    if (value?.schemaVersion !== 1 || typeof value.accounts !== 'object' || value.accounts === null)
      return undefined
    const names = Object.keys(value.accounts)
    if (!names.every(name => namePattern.test(name) && typeof value.accounts?.[name]?.address === 'string')) {
      return undefined
    }
    const chosen = value.defaultAccount ?? null
    return chosen === null || names.includes(chosen)
      ? { schemaVersion: 1, defaultAccount: chosen, accounts: value.accounts }
      : undefined
  } catch {
    return undefined
  }
}

export function writeConfiguration(world: World, configuration: Configuration): void {
  replaceFile(world, placesOf(world).configuration, `${JSON.stringify(configuration, undefined, 2)}\n`)
}

/** The account in use and its server; undefined before the first sign-in. */
export function defaultAccount(world: World): { name: string; address: string } | undefined {
  const { defaultAccount: name, accounts } = readConfiguration(world)
  const address = name === null ? undefined : accounts[name]?.address
  return name === null || address === undefined ? undefined : { name, address }
}

/** The name an account is kept under: readable, and apart for every address. */
export function accountName(address: string): string {
  const { host } = new URL(address)
  const readable = host
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60)
  return `${readable || 'server'}-${createHash('sha256').update(address).digest('hex').slice(0, 8)}`
}
