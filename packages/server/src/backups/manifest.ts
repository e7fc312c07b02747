import { Failure } from '@latchstring/protocol'
import type { Contents } from './contents.ts'

/** The databases of a data folder, in the order in which they are copied. */
export const databases = ['latchstring.sqlite', 'usage.sqlite'] as const
/** What else is copied where it is there, before the databases: what it says is never newer than they are. */
export const besides = ['audit-heads.jsonl'] as const
export const manifestName = 'manifest.json'

/** What a backup says of itself. Field names are those of the file. */
export type Manifest = {
  format: 'latchstring-backup'
  version: 1
  /** The version of the program that took it. */
  build: string
  created_at: string
  files: Record<string, { bytes: number; sha256: string }>
  tables: Contents
  not_included: string[]
}

export const notIncluded = [
  'the master key file: keep a copy of it elsewhere, since this backup opens no secret without it',
  'the outbox folder: links in its mails have ended by the time a backup is restored',
]

const unusable = (why: string) =>
  new Failure('backup_unusable', { message: `This backup cannot be used: ${why}.` })

/** @throws Failure `backup_unusable` */
export function readManifest(text: string): Manifest {
  let manifest: Partial<Manifest> | null
  try {
    manifest = JSON.parse(text) as Partial<Manifest> | null
  } catch {
    throw unusable('its manifest is no JSON')
  }
  if (manifest?.format !== 'latchstring-backup')
    throw unusable('its manifest is not one of a Latchstring backup')
  if (manifest.version !== 1)
    throw unusable(`it has form ${JSON.stringify(manifest.version)}; this build reads form 1`)
  if (typeof manifest.files !== 'object' || typeof manifest.tables !== 'object')
    throw unusable('its manifest is not whole')
  return manifest as Manifest
}

/** Says in what the content differs from what the manifest promises; undefined: in nothing. Pure. */
export function findDifference(promised: Contents, found: Contents): string | undefined {
  for (const file of new Set([...Object.keys(promised), ...Object.keys(found)])) {
    const [want, have] = [promised[file] ?? {}, found[file] ?? {}]
    for (const table of new Set([...Object.keys(want), ...Object.keys(have)])) {
      if (want[table] === undefined || have[table] === undefined)
        return `${file}: ${table} is on one side only`
      if (want[table].rows !== have[table].rows || want[table].sha256 !== have[table].sha256)
        return `${file}: ${table} holds ${have[table].rows} rows, not the ${want[table].rows} that were saved`
    }
  }
  return undefined
}
