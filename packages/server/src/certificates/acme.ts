import type { KeyObject } from 'node:crypto'
import type { Logger } from '@latchstring/kit/log'
import { Failure } from '@latchstring/protocol'
import type { Config } from '../config.ts'
import type { AcmeSetting } from '../serving.ts'
import { orderCertificate } from './acme-order.ts'
import { acmeStore } from './acme-store.ts'
import { checkPair } from './check-pair.ts'
import { nextTry, renewalDue } from './plan-renewal.ts'
import type { Certificate, CertificateSource } from './source.ts'

export type AcmeOptions = {
  setting: AcmeSetting
  config: Pick<Config, 'url' | 'listen' | 'dataFolder'>
  masterKey: KeyObject
  log: Logger
  now?: () => number
  lookEverySeconds?: number
}

/**
 * A certificate that the server fetches and renews by itself. What is kept from before is served at once; without one the
 * start waits for the first. A new one replaces the old only after it was read back and fits name and key.
 *
 * @throws Failure `certificate_unavailable` when there is none to begin with
 */
export async function acmeCertificate(options: AcmeOptions): Promise<CertificateSource> {
  const { setting, config, masterKey, log, now = Date.now, lookEverySeconds = 60 } = options
  const { hostname } = new URL(config.url)
  const store = acmeStore(config.dataFolder, setting.directory, masterKey)
  const takers: ((certificate: Certificate) => void)[] = []

  const order = async (): Promise<Certificate> => {
    const { failures, nextAt } = store.readTries()
    if (now() < nextAt)
      throw new Error(`${failures} tries failed; the next one is due at ${new Date(nextAt).toISOString()}`)
    try {
      const fresh = await orderCertificate(setting, { hostname, listen: config.listen, store })
      checkPair(fresh, hostname)
      store.writeCertificate(fresh)
      store.writeTries(undefined)
      return fresh
    } catch (error) {
      // What is wrong on this machine the authority never saw.
      if (error instanceof Failure) throw error
      store.writeTries({ failures: failures + 1, nextAt: nextTry(now(), failures + 1) })
      throw error
    }
  }

  let current = usable(store.readCertificate(), hostname, now())
  if (current === undefined) {
    current = await order().catch(cause => {
      throw cause instanceof Failure
        ? cause
        : new Failure('certificate_unavailable', {
            message: `${setting.directory} gave no certificate for ${hostname}: ${(cause as Error).message}.`,
            cause,
          })
    })
  }
  let serving: Certificate = current
  let dueAt = renewalDue(checkPair(serving, hostname))
  let renewing: Promise<void> | undefined
  const look = async () => {
    if (now() < dueAt || now() < store.readTries().nextAt) return
    try {
      serving = await order()
      dueAt = renewalDue(checkPair(serving, hostname))
      for (const take of takers) take(serving)
      log.info('the certificate was renewed')
    } catch (error) {
      log.warn({ error }, 'the certificate was not renewed; the old one serves on')
    }
  }
  const timer = setInterval(() => {
    renewing ??= look().finally(() => {
      renewing = undefined
    })
  }, lookEverySeconds * 1000)
  timer.unref()
  return {
    current: () => serving,
    onRenewal: take => void takers.push(take),
    async close() {
      clearInterval(timer)
      await renewing
    },
  }
}

function usable(kept: Certificate | undefined, hostname: string, now: number): Certificate | undefined {
  try {
    return kept !== undefined && checkPair(kept, hostname).validToDate.getTime() > now ? kept : undefined
  } catch {
    return undefined
  }
}
