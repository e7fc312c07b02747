import { userInfo } from 'node:os'
import { Secret } from '@latchstring/kit/secret'

/** Where a PostgreSQL is and how to speak with it, as `DATABASE_URL` says. */
export type PostgresSettings = {
  /** A name, an address, or the folder of a Unix socket. */
  host: string
  port: number
  user: string
  password: Secret
  database: string
  sslMode: SslMode
  /** A file of certificates in PEM form; null: those that Node.js trusts. */
  sslRootCert: string | null
  sslCert: string | null
  sslKey: string | null
  applicationName: string
  connectTimeoutMs: number
}

export const sslModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
export type SslMode = (typeof sslModes)[number]

/** What may stand in a connection string; anything else is refused rather than left unheard. */
const known = new Set([
  'host',
  'port',
  'user',
  'password',
  'dbname',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'application_name',
  'connect_timeout',
])

const example = 'give postgres://user:password@host:5432/database?sslmode=verify-full'

/**
 * Reads both forms of a libpq connection string (PostgreSQL documentation §34.1.1). Nothing is taken from `PG…`
 * variables or password files.
 *
 * @throws Error whose message says what is wrong and never repeats the text, which holds a password
 * @example
 * readPostgresUrl('postgres://ada:secret@db.acme.test/latchstring?sslmode=verify-full').host // 'db.acme.test'
 */
export function readPostgresUrl(text: string): PostgresSettings {
  const given = /^postgres(ql)?:\/\//.test(text) ? readUri(text) : readPairs(text)
  for (const name of given.keys()) if (!known.has(name)) throw new Error(`the parameter ${name} is not known`)
  const host = given.get('host') ?? 'localhost'
  if (host.includes(',')) throw new Error('give one host')
  const user = given.get('user') ?? userInfo().username
  const sslRootCert = given.get('sslrootcert') ?? null
  return {
    host,
    port: whole('port', given.get('port') ?? '5432', 65_535),
    user,
    password: new Secret(given.get('password') ?? ''),
    database: given.get('dbname') ?? user,
    sslMode: readSslMode(given.get('sslmode'), host, sslRootCert),
    sslRootCert,
    sslCert: given.get('sslcert') ?? null,
    sslKey: given.get('sslkey') ?? null,
    applicationName: given.get('application_name') ?? 'latchstring',
    connectTimeoutMs: whole('connect_timeout', given.get('connect_timeout') ?? '5', 600) * 1000,
  }
}

/** `require` with a root certificate verifies it, as libpq does (documentation §34.19.1). */
function readSslMode(text: string | undefined, host: string, rootCert: string | null): SslMode {
  const mode = sslModes.find(one => one === (text ?? 'prefer'))
  if (mode === undefined) throw new Error(`sslmode: give ${sslModes.join(', ')}`)
  if (host.startsWith('/')) return 'disable'
  return mode === 'require' && rootCert !== null ? 'verify-ca' : mode
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > most)
    throw new Error(`${name}: give a number up to ${most}`)
  return value
}

function readUri(text: string): Map<string, string> {
  const parts =
    /^postgres(?:ql)?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?(\[[^\]]*\]|[^:/?]*)(?::(\d*))?(?:\/([^?]*))?(?:\?(.*))?$/.exec(
      text,
    )
  if (parts === null) throw new Error(example)
  const [, user, password, host, port, dbname, query] = parts
  const given = new Map<string, string>()
  const note = (name: string, value: string | undefined) => {
    if (value === undefined || value === '') return
    try {
      given.set(name, decodeURIComponent(value))
    } catch {
      throw new Error(`${name}: a percent sign is written %25`)
    }
  }
  note('user', user)
  note('password', password)
  note('host', host?.replace(/^\[(.*)\]$/, '$1'))
  note('port', port)
  note('dbname', dbname)
  for (const pair of (query ?? '').split('&')) {
    const at = pair.indexOf('=')
    if (at > 0) note(pair.slice(0, at), pair.slice(at + 1))
    else if (pair !== '') throw new Error(example)
  }
  return given
}

/** `host=db.acme.test password='it\'s'` */
function readPairs(text: string): Map<string, string> {
  const given = new Map<string, string>()
  const pair = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)+)|(?=\s|$))(?=\s|$)/gy
  let read = 0
  for (const found of text.trim().matchAll(pair)) {
    read = found.index + found[0].length
    const value = (found[2] ?? found[3] ?? '').replace(/\\(.)/g, '$1')
    if (value !== '') given.set(found[1] ?? '', value)
  }
  if (given.size === 0 || read < text.trim().length) throw new Error(example)
  return given
}
