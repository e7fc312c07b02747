import { readFileSync, statSync } from 'node:fs'
import type { Logger } from '@latchstring/kit/log'
import { Failure } from '@latchstring/protocol'
import type { FilesSetting } from '../serving.ts'
import { checkPair } from './check-pair.ts'
import type { Certificate, CertificateSource } from './source.ts'

const lookEverySeconds = 5

/**
 * Keeps a certificate that somebody else renews. The files are looked at every few seconds: a change is taken without a
 * restart once both files fit each other, and until then the old pair serves on.
 *
 * @throws Failure `configuration_invalid` where the pair cannot be used at the start
 */
export function certificateFiles(
  setting: FilesSetting,
  hostname: string,
  log: Logger,
  everySeconds = lookEverySeconds,
): CertificateSource {
  let seen = stampOf(setting)
  let current = readPair(setting, hostname)
  const takers: ((certificate: Certificate) => void)[] = []
  const timer = setInterval(() => {
    const stamp = stampOf(setting)
    if (stamp === seen) return
    seen = stamp
    try {
      current = readPair(setting, hostname)
    } catch (error) {
      log.warn({ error }, 'the changed certificate files cannot be used; the old certificate serves on')
      return
    }
    for (const take of takers) take(current)
    log.info('the certificate files have changed and are in use')
  }, everySeconds * 1000)
  timer.unref()
  return {
    current: () => current,
    onRenewal: take => void takers.push(take),
    close: async () => clearInterval(timer),
  }
}

/** What tells one state of both files from another; links are followed, as certbot and Kubernetes replace links. */
function stampOf({ certFile, keyFile }: FilesSetting): string {
  return [certFile, keyFile]
    .map(file => {
      const stat = statSync(file, { throwIfNoEntry: false, bigint: true })
      return `${stat?.ino}/${stat?.mtimeNs}/${stat?.size}`
    })
    .join(' ')
}

function readPair({ certFile, keyFile }: FilesSetting, hostname: string): Certificate {
  const cert = read('LATCHSTRING_TLS_CERT_FILE', certFile)
  const key = read('LATCHSTRING_TLS_KEY_FILE', keyFile)
  try {
    checkPair({ cert, key }, hostname)
  } catch (cause) {
    const message = `LATCHSTRING_TLS_CERT_FILE: ${certFile} with ${keyFile}: ${(cause as Error).message}.`
    throw new Failure('configuration_invalid', { message, cause })
  }
  return { cert, key }
}

function read(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new Failure('configuration_invalid', {
      message: `${name}: ${file} cannot be read (${code}).`,
      cause,
    })
  }
}
