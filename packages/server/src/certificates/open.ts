import type { KeyObject } from 'node:crypto'
import type { Logger } from '@latchstring/kit/log'
import type { Config } from '../config.ts'
import { acmeCertificate } from './acme.ts'
import { certificateFiles } from './files.ts'
import type { CertificateSource } from './source.ts'

/** The certificate of a configuration; null where it serves plain http. */
export async function openCertificate(
  config: Config,
  masterKey: KeyObject,
  log: Logger,
): Promise<CertificateSource | null> {
  const { certificate: setting } = config
  if (setting === null) return null
  if (setting.from === 'acme') return await acmeCertificate({ setting, config, masterKey, log })
  return certificateFiles(setting, new URL(config.url).hostname, log)
}
