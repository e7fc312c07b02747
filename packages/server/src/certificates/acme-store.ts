import type { KeyObject } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EnvelopeError, openEnvelope, seal } from '@latchstring/kit/envelope'
import { open, Secret } from '@latchstring/kit/secret'
import type { Certificate } from './source.ts'

export type Account = { url: string; key: string }
/** Tries that failed in a row, over restarts too. */
export type Tries = { failures: number; nextAt: number }

/** What ACME needs kept: one file each in `<data folder>/acme`, mode 0600, private keys sealed under the master key. */
export type AcmeStore = {
  readAccount(): Account | undefined
  writeAccount(account: Account): void
  /** Chain and key are one file: never half of a new pair. */
  readCertificate(): Certificate | undefined
  writeCertificate(certificate: Certificate): void
  readTries(): Tries
  writeTries(tries: Tries | undefined): void
}

/** @param directory the authority: another one starts anew */
export function acmeStore(dataFolder: string, directory: string, masterKey: KeyObject): AcmeStore {
  const folder = join(dataFolder, 'acme')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const read = (name: string): Record<string, string> | undefined => {
    const file = join(folder, name)
    if (!existsSync(file)) return undefined
    const kept = JSON.parse(readFileSync(file, 'utf8'))
    return kept.directory === directory ? kept : undefined
  }
  const write = (name: string, value: object) => {
    const [file, fresh] = [join(folder, name), join(folder, `${name}.new`)]
    writeFileSync(fresh, JSON.stringify({ directory, ...value }), { mode: 0o600, flush: true })
    renameSync(fresh, file)
  }
  const sealed = (purpose: string, key: string) => seal(masterKey, purpose, directory, new Secret(key))
  /** Under another master key a new one is asked for: nothing but a request to the authority is lost. */
  const opened = (purpose: string, kept: string): string | undefined => {
    try {
      return open(openEnvelope(masterKey, purpose, directory, kept))
    } catch (error) {
      if (error instanceof EnvelopeError) return undefined
      throw error
    }
  }
  return {
    readAccount() {
      const kept = read('account.json')
      const key = kept && opened('acme-account', kept['sealedKey'] ?? '')
      return key === undefined ? undefined : { url: kept?.['url'] ?? '', key }
    },
    writeAccount: ({ url, key }) => write('account.json', { url, sealedKey: sealed('acme-account', key) }),
    readCertificate() {
      const kept = read('certificate.json')
      const key = kept && opened('acme-certificate', kept['sealedKey'] ?? '')
      return key === undefined ? undefined : { cert: kept?.['cert'] ?? '', key }
    },
    writeCertificate: ({ cert, key }) =>
      write('certificate.json', { cert, sealedKey: sealed('acme-certificate', key) }),
    readTries() {
      const kept = read('tries.json')
      return { failures: Number(kept?.['failures'] ?? 0), nextAt: Number(kept?.['nextAt'] ?? 0) }
    },
    writeTries(tries) {
      if (tries === undefined) rmSync(join(folder, 'tries.json'), { force: true })
      else write('tries.json', tries)
    },
  }
}
