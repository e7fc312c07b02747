import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, getCACertificates, setDefaultCACertificates } from 'node:tls'
import { makeLog } from '@latchstring/kit/log'
import { readMasterKey } from '@latchstring/kit/master-key'
import { acmeCertificate } from '@latchstring/server/certificates/acme'
import type { Certificate } from '@latchstring/server/certificates/source'
import type { TestAuthority } from '@latchstring/server/testing/certificates'
import { makeAuthority } from '@latchstring/server/testing/certificates'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startNamedServer } from '../support/named-server.ts'
import type { Pebble } from '../support/pebble.ts'
import { pebblePath, startPebble } from '../support/pebble.ts'
import { freePort } from '../support/running-server.ts'

/** Certificates by ACME, from Let's Encrypt's own test authority. */
describe.skipIf(pebblePath === undefined)('certificates by ACME', () => {
  let authority: TestAuthority
  let pebble: Pebble
  let folder: string
  beforeAll(async () => {
    authority = makeAuthority()
    setDefaultCACertificates([...getCACertificates('default'), authority.ca])
    folder = mkdtempSync(join(tmpdir(), 'latchstring-acme-'))
    pebble = await startPebble(authority)
  })
  afterAll(async () => {
    await pebble?.stop()
    authority?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  const day = 24 * 3600_000
  const serial = ({ cert }: Certificate) => new X509Certificate(cert).serialNumber
  const open = (name: string, more: { now?: () => number; port?: number; directory?: string } = {}) =>
    acmeCertificate({
      setting: {
        from: 'acme',
        directory: more.directory ?? pebble.directory,
        email: 'ops@acme.test',
        port: more.port ?? pebble.proofPort,
      },
      config: { url: 'https://keys.test', listen: ['127.0.0.1'], dataFolder: join(folder, name) },
      masterKey: readMasterKey(join(folder, `${name}.key`)),
      log: makeLog('silent'),
      lookEverySeconds: 0.05,
      ...(more.now ? { now: more.now } : {}),
    })

  it('gets one, keeps it sealed, serves the same after a restart, renews it with a third of its life left', async () => {
    const first = await open('kept')
    const { cert, key } = first.current()
    expect(new X509Certificate(cert).checkHost('keys.test')).toBe('keys.test')
    const kept = join(folder, 'kept/acme')
    expect(readdirSync(kept).sort()).toEqual(['account.json', 'certificate.json'])
    for (const file of readdirSync(kept)) {
      expect(statSync(join(kept, file)).mode & 0o777).toBe(0o600)
      const text = readFileSync(join(kept, file), 'utf8')
      expect(text).not.toContain('PRIVATE KEY')
      expect(text).not.toContain(key.split('\n')[1])
    }
    await first.close()

    const { validFromDate, validToDate } = new X509Certificate(cert)
    const life = validToDate.getTime() - validFromDate.getTime()
    let now = validToDate.getTime() - life / 3 - day
    const second = await open('kept', { now: () => now })
    expect(serial(second.current())).toBe(serial({ cert, key }))
    const renewed = new Promise<Certificate>(resolve => second.onRenewal(resolve))
    now += 2 * day
    const fresh = await renewed
    expect([serial(fresh) === serial({ cert, key }), fresh.key === key]).toEqual([false, false])
    expect(second.current()).toEqual(fresh)
    await second.close()
  })

  it('a renewal that fails leaves the old one in use and waits longer each time', async () => {
    let now = Date.now()
    const other = await startPebble(authority)
    const source = await open('failing', {
      now: () => now,
      directory: other.directory,
      port: other.proofPort,
    })
    const before = source.current()
    await other.stop()
    now = new X509Certificate(before.cert).validToDate.getTime() - day
    const tries = () => {
      try {
        return JSON.parse(readFileSync(join(folder, 'failing/acme/tries.json'), 'utf8'))
      } catch {
        return undefined
      }
    }
    await expect.poll(tries, { timeout: 60_000 }).toMatchObject({ failures: 1, nextAt: now + 60_000 })
    now += 60_000
    await expect.poll(tries, { timeout: 60_000 }).toMatchObject({ failures: 2, nextAt: now + 120_000 })
    expect(source.current()).toEqual(before)
    await source.close()
  })

  it('without the proof there is none: the start says why and does not ask again at once', async () => {
    const port = await freePort()
    await expect(open('unproved', { port })).rejects.toMatchObject({
      code: 'certificate_unavailable',
      message: expect.stringMatching(/gave no certificate for keys\.test: ./),
    })
    await expect(open('unproved', { port })).rejects.toThrow(/1 tries failed; the next one is due at \d{4}-/)
  })

  it('the server serves by it', async () => {
    const port = await freePort()
    const server = await startNamedServer({
      LATCHSTRING_URL: `https://keys.test:${port}`,
      LATCHSTRING_ACME: pebble.directory,
      LATCHSTRING_ACME_EMAIL: 'ops@acme.test',
      LATCHSTRING_ACME_AGREE: 'yes',
      LATCHSTRING_ACME_PORT: String(pebble.proofPort),
    })
    const issuer = await new Promise<string>((resolve, reject) => {
      const socket = connect(
        { port, host: '127.0.0.1', servername: 'keys.test', rejectUnauthorized: false },
        () => {
          resolve(String(socket.getPeerCertificate().issuer.CN))
          socket.destroy()
        },
      )
      socket.on('error', reject)
    })
    expect(issuer).toMatch(/^Pebble/)
    await server.stop()
  })

  it('under another master key it asks for a new one', async () => {
    const first = await open('rekeyed')
    await first.close()
    rmSync(join(folder, 'rekeyed.key'))
    const second = await open('rekeyed')
    expect(serial(second.current())).not.toBe(serial(first.current()))
    await second.close()
  })
})
