import type { KeyObject } from 'node:crypto'
import type { Database } from '@latchstring/console/base/database'
import type { Config } from '../config.ts'

/**
 * What a check found. `advice` is worth knowing and stops nothing; `skipped` could not be looked at, because of what
 * another check found or because it does not apply.
 */
export type Finding = {
  status: 'ok' | 'advice' | 'wrong' | 'skipped'
  /** What is so, with the path, address or name it is about. Never a secret. */
  what: string
  /** What to do about it. */
  todo?: string
}

/** What the doctor looks at beyond files and database. A test brings its own. */
export type Surroundings = {
  now(): number
  /** Bytes that this user may still write below a path. */
  freeBytes(path: string): number
  /** Every address of a name. */
  addressesOf(name: string): Promise<string[]>
  verifySmtp(url: string, timeoutMs: number): Promise<void>
  /** @throws Error whose cause says why nobody answered */
  ask(url: string): Promise<{ status: number; text: string }>
  /** Whether this process may take the port: undefined, or the code of the error. */
  tryPort(host: string, port: number): Promise<string | undefined>
}

/** What earlier checks learned for later ones. */
export type Facts = {
  env: Readonly<Record<string, string | undefined>>
  folder: string
  around: Surroundings
  config?: Config
  masterKey?: KeyObject
  database?: Database
  /** Whether a server with these settings is running here. */
  running?: boolean
}

export type Known<Name extends keyof Facts> = Facts & Required<Pick<Facts, Name>>

export const ok = (what: string): Finding => ({ status: 'ok', what })
export const skipped = (what: string): Finding => ({ status: 'skipped', what })
export const wrong = (what: string, todo: string): Finding => ({ status: 'wrong', what, todo })
export const advice = (what: string, todo: string): Finding => ({ status: 'advice', what, todo })

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
