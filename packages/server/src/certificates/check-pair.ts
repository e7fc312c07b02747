import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { Certificate } from './source.ts'

/**
 * Reads the leaf of a chain after making sure that it could be served: the key is its own, and the name is on it.
 *
 * @throws Error in the operator's words
 */
export function checkPair({ cert, key }: Certificate, hostname: string): X509Certificate {
  let leaf: X509Certificate
  try {
    leaf = new X509Certificate(cert)
    createSecureContext({ cert, key })
  } catch (cause) {
    throw new Error('no certificate with its key, both PEM', { cause })
  }
  if (leaf.checkHost(hostname) === undefined)
    throw new Error(`the certificate is not for ${hostname} (${leaf.subjectAltName ?? 'no name'})`)
  return leaf
}
