import type { KeyObject } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { Logger } from '@latchstring/kit/log'
import { Failure } from '@latchstring/protocol'
import type { GatewayContract } from '@latchstring/protocol/gateway-contract'
import { Hono } from 'hono'
import { features, happenings, routesOf } from './app.ts'
import type { AuditReport, PublicJwk, SignedHead } from './audit/service.ts'
import { publicKeys, signNewestHeads, verifyAudit } from './audit/service.ts'
import type { Base, Settings } from './base/base.ts'
import { openPostgres, openSqlite } from './base/database.ts'
import { makeHttp, originOf } from './base/http.ts'
import { startJobs } from './base/jobs.ts'
import { makeMailer } from './base/mail.ts'
import { migrate } from './base/migrate.ts'
import { ConnectionLost } from './base/postgres-driver.ts'
import type { PostgresSettings } from './base/postgres-url.ts'
import { makeRevocations } from './base/revocations.ts'
import { asFailure } from './base/storage-failures.ts'
import { gatewayContract } from './gateway-contract.ts'
import { makeOauth, rotateSigningKey } from './oauth/service.ts'
import { answerManagedSettings } from './policies/managed-settings.ts'
import type { BoundToAddress, Recovered } from './sign-in/service.ts'
import {
  authenticate,
  countBoundToAddress,
  endBoundToAddress,
  initialize,
  makeSetupLink,
  makeSignInLink,
  recoverOwner,
} from './sign-in/service.ts'
import { askStorage } from './storage-ready.ts'
import { openJournal, openPostgresJournal } from './usage/service.ts'

export type { AuditReport } from './audit/service.ts'
export type { Settings } from './base/base.ts'

type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** The console as the server mounts it. */
export type Console = {
  /** Everything of the endpoint table, under `/v1`. */
  api: Listener
  /** `/oauth/…` and the discovery documents. */
  oauth: Listener
  /** `/managed/settings`. */
  managedSettings: Listener
  /** What the gateway asks, in process. */
  contract: GatewayContract
  /** The set-up link, new with every call; null once somebody has set the server up. */
  setupLink(): Promise<string | null>
  initialize(given: { organization: string; email: string }): ReturnType<typeof initialize>
  /** @throws Failure `not_set_up` for an unknown address */
  makeSignInLink(email: string): Promise<string>
  /** The audit chain, for `latchstring audit`. */
  audit: {
    /** @param stored lines of a heads file */
    verify(stored: readonly string[]): Promise<AuditReport>
    /** Seals and signs what is not yet, and gives each chain's newest head. */
    heads(): Promise<SignedHead[]>
    keys(): Promise<(PublicJwk & { kid: string })[]>
  }
  /** What is bound to this server's address. */
  countBoundToAddress(): Promise<BoundToAddress>
  /** Ends those sessions; how many. */
  endBoundToAddress(kinds: readonly ('web' | 'agent')[]): Promise<number>
  /** @throws Failure `not_set_up`, `not_an_owner`, `owner_can_sign_in` */
  recoverOwner(given: Parameters<typeof recoverOwner>[1]): Promise<Recovered>
  /** Adds a signing key; running servers take it up within seconds. */
  rotateSigningKey(): ReturnType<typeof rotateSigningKey>
  /** Whether what this server stands on answers. */
  ready(): Promise<{ database: boolean; journal: boolean }>
  close(): Promise<void>
}

export type ConsoleOptions = {
  settings: Settings
  /** Where the data is; null: embedded, in the data folder. */
  postgres?: PostgresSettings | null
  masterKey: KeyObject
  log: Logger
  now?: () => number
}

/** Opens the database and makes everything that stands on it. Migrates first. */
export async function makeConsole({
  settings,
  postgres = null,
  masterKey,
  log,
  now = Date.now,
}: ConsoleOptions): Promise<Console> {
  mkdirSync(settings.dataFolder, { recursive: true, mode: 0o700 })
  const database =
    postgres === null ? openSqlite(join(settings.dataFolder, 'latchstring.sqlite')) : openPostgres(postgres)
  await migrate(database).catch(async error => {
    await database.close()
    const { message } = error as Error
    throw error instanceof ConnectionLost
      ? new Failure('storage_unavailable', { message: `DATABASE_URL: ${message}.`, cause: error })
      : asFailure(error)
  })
  const base: Base = {
    database,
    now,
    log,
    settings,
    masterKey,
    mailer: makeMailer({
      smtpUrl: settings.smtpUrl,
      from: settings.mailFrom,
      folder: join(settings.dataFolder, 'outbox'),
      now,
      log,
    }),
    revocations: makeRevocations(database, now),
    happen: happenings(() => base),
  }
  await base.revocations.load()
  // The first start makes the signing key; two servers that start at once must not make two.
  const oauth = await database.alone('start', () => makeOauth(base))
  const journal =
    postgres === null
      ? await openJournal(join(settings.dataFolder, 'usage.sqlite'))
      : openPostgresJournal(postgres)
  const whoAsks = (request: Request, origin: ReturnType<typeof originOf>) =>
    authenticate(base, () => oauth.issuer(), request, origin)
  const parts = { journal }
  const http = makeHttp({ base, authenticate: whoAsks, handlers: routesOf(parts) })
  const settingsApp = new Hono().get('*', context => {
    const origin = originOf(context, settings.url)
    return answerManagedSettings(base, context.req.raw, () => whoAsks(context.req.raw, origin))
  })
  const watching = base.revocations.watch()
  /** Every process does this for itself. */
  const followKeys = {
    name: 'follow signing keys',
    everySeconds: 5,
    run: () => oauth.followKeys().then(() => false),
  }
  const jobs = startJobs(
    [
      followKeys,
      ...Object.values(features).flatMap(feature =>
        (feature.jobs ?? []).map(job => ({
          ...job,
          run: async () => (await database.unlessElsewhere(job.name, () => job.run(base, parts))) ?? false,
        })),
      ),
    ],
    log,
  )
  return {
    api: getRequestListener(http.fetch),
    oauth: oauth.listener,
    managedSettings: getRequestListener(settingsApp.fetch),
    contract: gatewayContract(base, journal, () => oauth.issuer()),
    setupLink: () => makeSetupLink(base),
    initialize: given => initialize(base, given),
    makeSignInLink: email => makeSignInLink(base, email),
    countBoundToAddress: () => countBoundToAddress(base),
    endBoundToAddress: kinds => endBoundToAddress(base, kinds),
    audit: {
      verify: stored => verifyAudit(base, stored),
      heads: () => signNewestHeads(base),
      keys: () => publicKeys(base),
    },
    recoverOwner: given => recoverOwner(base, given),
    rotateSigningKey: () => rotateSigningKey(base),
    ready: () => askStorage({ database, journal, folder: settings.dataFolder, log }),
    async close() {
      await jobs.stop()
      await watching.close()
      await journal.close()
      await database.close()
    },
  }
}
