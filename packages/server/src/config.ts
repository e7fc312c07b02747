import { isAbsolute, join, resolve } from 'node:path'
import type { PostgresSettings } from '@latchstring/console/base/postgres-url'
import { readPostgresUrl } from '@latchstring/console/base/postgres-url'
import { Failure } from '@latchstring/protocol'
import type { Serving } from './serving.ts'
import { readServing } from './serving.ts'

/** What the operator decides by environment variables. docs: README "Settings". */
export type Config = Serving & {
  /** `LATCHSTRING_URL`: the one address, without trailing slash. */
  url: string
  /** `LATCHSTRING_PORT`, else the port of the URL; behind a proxy 4180. */
  port: number
  /** `LATCHSTRING_DATA`: the data folder. */
  dataFolder: string
  /** `DATABASE_URL`: a PostgreSQL, as libpq names it. null: embedded, in the data folder. */
  postgres: PostgresSettings | null
  /** `LATCHSTRING_KEY_FILE`: the master key; beside the data folder, never in it. */
  keyFile: string
  /** `LATCHSTRING_SMTP_URL`: `smtp://user:password@host:587`. null: mail lands in the outbox folder. */
  smtpUrl: string | null
  /** `LATCHSTRING_MAIL_FROM`. */
  mailFrom: string
  /** `LATCHSTRING_ALLOW_PRIVATE`: networks in CIDR form that providers may lie in, with commas between. */
  allowPrivate: string[]
  /** `LATCHSTRING_ACCESS_TOKEN_SECONDS`: life of an access token, 600 to 86,400; 900 where not said. */
  accessTokenSeconds: number
  /** `LATCHSTRING_LOG`: debug, info, warn or error. */
  logLevel: string
}

export const defaultPort = 4180

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the settings. Pure: the same environment gives the same answer.
 *
 * @param folder what relative paths start from
 * @throws Failure `configuration_invalid` naming the variable and what it takes
 */
export function readConfig(env: Environment, folder: string): Config {
  const given = (name: string) => (env[name] === undefined || env[name] === '' ? undefined : env[name])
  const port = number('LATCHSTRING_PORT', given('LATCHSTRING_PORT'), 1, 65_535)
  const url = readUrl(
    'LATCHSTRING_URL',
    given('LATCHSTRING_URL') ?? `http://localhost:${port ?? defaultPort}`,
  )
  const dataFolder = absolute(given('LATCHSTRING_DATA') ?? 'data', folder)
  const logLevel = given('LATCHSTRING_LOG') ?? 'warn'
  if (!['debug', 'info', 'warn', 'error'].includes(logLevel))
    throw bad('LATCHSTRING_LOG', 'give debug, info, warn or error')
  const serving = readServing(given, url, path => absolute(path, folder))
  return {
    ...serving,
    url: url.origin,
    port: port ?? portOf(url, serving),
    dataFolder,
    postgres: readDatabaseUrl(given('DATABASE_URL')),
    keyFile: absolute(given('LATCHSTRING_KEY_FILE') ?? `${dataFolder}.key`, folder),
    smtpUrl: readSmtpUrl(given('LATCHSTRING_SMTP_URL')),
    mailFrom: given('LATCHSTRING_MAIL_FROM') ?? `latchstring@${url.hostname}`,
    allowPrivate: (given('LATCHSTRING_ALLOW_PRIVATE') ?? '')
      .split(',')
      .map(one => one.trim())
      .filter(one => one !== ''),
    accessTokenSeconds:
      number('LATCHSTRING_ACCESS_TOKEN_SECONDS', given('LATCHSTRING_ACCESS_TOKEN_SECONDS'), 600, 86_400) ??
      900,
    logLevel,
  }
}

const bad = (name: string, what: string) =>
  new Failure('configuration_invalid', { message: `${name}: ${what}` })

/** Behind a proxy the URL's port is the proxy's. */
const portOf = (url: URL, { certificate }: Serving): number =>
  url.protocol === 'https:' && certificate === null
    ? defaultPort
    : Number(url.port || (url.protocol === 'https:' ? 443 : 80))

const absolute = (path: string, folder: string) => (isAbsolute(path) ? path : resolve(join(folder, path)))

function number(name: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw bad(name, `give a whole number from ${least} to ${most}`)
  return value
}

/** @throws Failure `configuration_invalid` for what cannot be the one address */
export function readUrl(name: string, text: string): URL {
  if (!URL.canParse(text)) throw bad(name, 'give an address such as http://localhost:4180')
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw bad(name, 'give an http or https address')
  if (
    (url.pathname !== '/' && url.pathname !== '') ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== ''
  ) {
    throw bad(name, 'give scheme, host and port only')
  }
  if (/^(\d+\.){3}\d+$|^\[/.test(url.hostname)) {
    throw bad(name, 'give a name, for example localhost: browsers make no passkeys for IP addresses')
  }
  if (url.protocol === 'http:' && !isLoopbackName(url.hostname)) {
    throw bad(name, 'plain http serves this machine only (localhost); a public address takes https://')
  }
  return url
}

/** Names that always mean this machine (RFC 6761 §6.3). */
export const isLoopbackName = (host: string): boolean => host === 'localhost' || host.endsWith('.localhost')

function readDatabaseUrl(text: string | undefined): PostgresSettings | null {
  if (text === undefined) return null
  try {
    return readPostgresUrl(text)
  } catch (cause) {
    throw bad('DATABASE_URL', (cause as Error).message)
  }
}

function readSmtpUrl(text: string | undefined): string | null {
  if (text === undefined) return null
  if (!URL.canParse(text) || !/^smtps?:$/.test(new URL(text).protocol)) {
    throw bad('LATCHSTRING_SMTP_URL', 'give smtp://user:password@host:587 or smtps://…')
  }
  return text
}
