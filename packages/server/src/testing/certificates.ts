import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate authority of a test's own, by openssl. */
export type TestAuthority = {
  folder: string
  /** The authority's certificate: what a client trusts, PEM. */
  caFile: string
  ca: string
  /** Issues a certificate for a name, into two files of this folder. */
  issue(name: string, file?: string): { certFile: string; keyFile: string }
  remove(): void
}

export function makeAuthority(): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-ca-'))
  const at = (file: string) => join(folder, file)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe', cwd: folder })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl(
    'req',
    '-x509',
    ...key,
    '-subj',
    '/CN=Test authority',
    '-days',
    '2',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  )
  return {
    folder,
    caFile: at('ca.pem'),
    ca: readFileSync(at('ca.pem'), 'utf8'),
    issue(name, file = name) {
      const files = ['-keyout', `${file}.key`, '-out', `${file}.pem`]
      const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', `subjectAltName=DNS:${name}`]
      openssl('req', '-x509', ...key, '-subj', `/CN=${name}`, '-days', '1', ...signed, ...files)
      return { certFile: at(`${file}.pem`), keyFile: at(`${file}.key`) }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
