import { copyFileSync, writeFileSync } from 'node:fs'
import type { Logger } from '@latchstring/kit/log'
import { makeLog } from '@latchstring/kit/log'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestAuthority } from '../testing/certificates.ts'
import { makeAuthority } from '../testing/certificates.ts'
import { certificateFiles } from './files.ts'
import type { Certificate } from './source.ts'

let authority: TestAuthority
beforeAll(() => {
  authority = makeAuthority()
})
afterAll(() => authority.remove())

const open = (
  files: { certFile: string; keyFile: string },
  hostname = 'latch.test',
  log = makeLog('error'),
) => certificateFiles({ from: 'files', ...files }, hostname, log, 0.02)

it('takes a renewed pair once both files fit each other', async () => {
  const files = authority.issue('latch.test')
  const renewed = authority.issue('latch.test', 'renewed')
  const warned = Promise.withResolvers<void>()
  const source = open(files, 'latch.test', { ...makeLog('error'), warn: () => warned.resolve() } as Logger)
  const before = source.current()
  let half = true
  const taken = new Promise<Certificate>(resolve => {
    source.onRenewal(certificate => {
      expect(half).toBe(false)
      resolve(certificate)
    })
  })
  copyFileSync(renewed.certFile, files.certFile)
  await warned.promise
  expect(source.current()).toEqual(before)
  half = false
  copyFileSync(renewed.keyFile, files.keyFile)
  const after = await taken
  expect(after.cert).not.toBe(before.cert)
  expect(source.current()).toEqual(after)
  await source.close()
})

it('says which file cannot be used, and for whom a certificate is', () => {
  const files = authority.issue('latch.test', 'other')
  const bad = (message: RegExp) =>
    expect.objectContaining({ code: 'configuration_invalid', message: expect.stringMatching(message) })
  expect(() => open(files, 'keys.test')).toThrow(bad(/TLS_CERT_FILE.*not for keys\.test.*latch\.test/))
  expect(() => open({ ...files, keyFile: `${files.keyFile}.none` })).toThrow(bad(/TLS_KEY_FILE.*ENOENT/))
  expect(() => open({ ...files, keyFile: authority.issue('latch.test', 'third').keyFile })).toThrow(
    bad(/no certificate with its key/),
  )
  writeFileSync(files.certFile, 'nothing')
  expect(() => open(files)).toThrow(bad(/both PEM/))
})
