import type { Logger } from '@latchstring/kit/log'
import type { Config } from '../config.ts'
import { certificateFiles } from './files.ts'
import type { CertificateSource } from './source.ts'

/** The certificate of a configuration; null where it serves plain http. */
export async function openCertificate(
  { certificate, url }: Pick<Config, 'certificate' | 'url'>,
  log: Logger,
): Promise<CertificateSource | null> {
  return certificate === null ? null : certificateFiles(certificate, new URL(url).hostname, log)
}
