import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { open } from '@latchstring/kit/secret'
import type { Dialect, PostgresPool, PostgresPoolClient } from 'kysely'
import { PostgresDialect } from 'kysely'
import type { ClientConfig } from 'pg'
import pg from 'pg'
import type { PostgresSettings } from './postgres-url.ts'

/**
 * Kysely on PostgreSQL by `pg`. Sessions that read cannot write; sessions that write commit to the disk whatever the
 * server's default is. A statement, a lock and an idle transaction each end by themselves, so that a stuck process
 * never holds the others. Nothing is read from `PG…` variables or password files.
 */
export type Access = 'read' | 'write' | 'migrate'

const statementMs = 10_000
const lockMs = 5_000
const idleInTransactionMs = 30_000
/** A server that does not even say that time is up is gone. */
const silenceMs = statementMs + 5_000
/** Sessions per pool; a server process has one pool of each access. Each job under way holds one of `migrate`. */
const mostSessions: Record<Access, number> = { read: 10, write: 10, migrate: 8 }

const session: Record<Access, Record<string, string | number>> = {
  read: { default_transaction_read_only: 'on', statement_timeout: statementMs, lock_timeout: lockMs },
  write: {
    synchronous_commit: 'on',
    default_transaction_isolation: 'read\\ committed',
    statement_timeout: statementMs,
    lock_timeout: lockMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
  },
  /** Building an index, or moving a database, takes as long as it takes. */
  migrate: { synchronous_commit: 'on', default_transaction_isolation: 'read\\ committed' },
}

export function postgresDialect(
  settings: PostgresSettings,
  access: Access,
  most: number = mostSessions[access],
): Dialect {
  return new PostgresDialect({ pool: postgresPool(settings, access, most) })
}

/** What `pg` needs for one session. Every value is given, so that it looks for none in the environment. */
export async function clientConfig(settings: PostgresSettings, access: Access): Promise<ClientConfig> {
  return {
    host: settings.host,
    port: settings.port,
    user: settings.user,
    database: settings.database,
    password: () => open(settings.password),
    ssl: await tlsOf(settings),
    application_name: settings.applicationName,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    client_encoding: 'UTF8',
    options: Object.entries(session[access])
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    ...(access === 'migrate' ? {} : { query_timeout: silenceMs }),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser: typeParser },
  }
}

const int8 = 20

/** bigint comes as a number: every such column holds milliseconds or counts, which a double holds exactly. */
const typeParser = ((oid: number, format?: 'text' | 'binary') =>
  oid === int8
    ? (text: string) => Number(text)
    : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser

async function tlsOf(settings: PostgresSettings): Promise<ClientConfig['ssl']> {
  const { sslMode, sslRootCert, sslCert, sslKey } = settings
  if (sslMode === 'disable' || (sslMode === 'prefer' && !(await speaksTls(settings)))) return false
  const verifies = sslMode === 'verify-ca' || sslMode === 'verify-full'
  return {
    rejectUnauthorized: verifies,
    ...(sslRootCert !== null && { ca: readFileSync(sslRootCert, 'utf8') }),
    ...(sslCert !== null && { cert: readFileSync(sslCert, 'utf8') }),
    ...(sslKey !== null && { key: readFileSync(sslKey, 'utf8') }),
    ...(sslMode === 'verify-ca' && { checkServerIdentity: () => undefined }),
  }
}

/** PostgreSQL documentation §55.2.10: the server answers an SSLRequest with one byte. Asked once per pool. */
function speaksTls({ host, port, connectTimeoutMs }: PostgresSettings): Promise<boolean> {
  const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: connectTimeoutMs })
    socket.once('connect', () => socket.write(sslRequest))
    socket.once('data', answer => {
      resolve(answer.toString('latin1', 0, 1) === 'S')
      socket.destroy()
    })
    socket.once('timeout', () => socket.destroy(new Error('timeout')))
    socket.once('error', error => reject(new ConnectionLost(error)))
    socket.once('close', () => reject(new ConnectionLost(new Error('closed'))))
  })
}

/** The server cannot be reached or broke off: SQLSTATE class 08. */
export class ConnectionLost extends Error {
  readonly code = '08006'
  constructor(cause: unknown) {
    super(`the database cannot be reached: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

/** What the server itself answered, as against a session that broke. */
const isAnswer = (error: unknown) => /^[0-9A-Z]{5}$/.test(String((error as { code?: unknown }).code))

/**
 * Sessions, made when they are needed. One that broke is never given to the next: new ones are made by themselves once
 * the server is back.
 */
export function postgresPool(settings: PostgresSettings, access: Access, most: number): PostgresPool {
  let made: Promise<pg.Pool> | undefined
  const poolOf = () => {
    made ??= makePool(settings, access, most)
    made.catch(() => {
      made = undefined
    })
    return made
  }
  return {
    options: {},
    async connect() {
      let client: pg.PoolClient
      try {
        client = await (await poolOf()).connect()
      } catch (error) {
        throw error instanceof ConnectionLost ? error : new ConnectionLost(error)
      }
      let broken = false
      return {
        async query(text: string, values: unknown[]) {
          try {
            return await client.query(text, values)
          } catch (error) {
            if (isAnswer(error)) throw error
            broken = true
            throw new ConnectionLost(error)
          }
        },
        release: (discard?: boolean) => client.release(broken || discard === true),
      } as unknown as PostgresPoolClient
    },
    end: async () => (await made?.catch(() => undefined))?.end(),
  }
}

async function makePool(settings: PostgresSettings, access: Access, most: number): Promise<pg.Pool> {
  const config = await clientConfig(settings, access)
  const pool = new pg.Pool({ ...config, max: most, idleTimeoutMillis: 60_000, allowExitOnIdle: true })
  // A session that breaks says so to nobody else: without this, one that is in use would end the process.
  pool.on('error', () => {})
  pool.on('connect', client => client.on('error', () => {}))
  return pool
}
