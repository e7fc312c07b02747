import type { KeyObject } from 'node:crypto'
import type { Logger } from '@latchstring/kit/log'
import type { Database } from './database.ts'
import type { Happenings } from './happenings.ts'
import type { Mailer } from './mail.ts'
import type { RevocationFeed } from './revocations.ts'

/** What every feature stands on. Made once by `app.ts`; a test makes its own. */
export type Base = {
  database: Database
  /** Milliseconds since 1970. A given clock in tests. */
  now(): number
  log: Logger
  settings: Settings
  /** Seals and opens secrets at rest; lies outside the data folder. */
  masterKey: KeyObject
  mailer: Mailer
  revocations: RevocationFeed
  /** Tells later features what happened, in the same transaction. */
  happen: Happenings
}

/** What the operator decides, read once by the server's `config.ts`. */
export type Settings = {
  /** The one address: issuer, WebAuthn RP id, cookie scope, base of every link. Without trailing slash. */
  url: string
  dataFolder: string
  /** Whether `url` is on this machine only: there the outbox page may show. */
  loopback: boolean
  /** Life of an access token, seconds; never under 600. */
  accessTokenSeconds: number
  /** Where mail goes; null: into the outbox folder. */
  smtpUrl: string | null
  mailFrom: string
}

/** The host name in `url`, which is also the WebAuthn RP id (WebAuthn §5.1.2). */
export const hostOf = (settings: Settings): string => new URL(settings.url).hostname
