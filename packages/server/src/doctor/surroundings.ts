import { lookup } from 'node:dns/promises'
import { statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import { verifySmtp } from '@latchstring/console/base/mail'
import type { Surroundings } from './check.ts'

const answerMs = 5_000

/** The host as it is. */
export const thisHost: Surroundings = {
  now: Date.now,
  freeBytes(path) {
    const { bavail, bsize } = statfsSync(path)
    return bavail * bsize
  },
  addressesOf: async name => (await lookup(name, { all: true })).map(({ address }) => address),
  verifySmtp,
  async ask(url) {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(answerMs) })
    return { status: response.status, text: await response.text() }
  },
  tryPort: (host, port) =>
    new Promise(resolve => {
      const probe = createServer()
      probe.once('error', ({ code }: NodeJS.ErrnoException) =>
        // A machine without IPv6 goes without (listen.ts).
        resolve(code === 'EAFNOSUPPORT' || (code === 'EADDRNOTAVAIL' && host === '::1') ? undefined : code),
      )
      probe.listen(port, host, () => probe.close(() => resolve(undefined)))
    }),
}
