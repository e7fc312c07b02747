import { isIP } from 'node:net'
import type { ProxyTrust } from '@latchstring/kit/client-address'
import { isLoopbackAddress, isNetwork } from '@latchstring/kit/networks'
import { Failure } from '@latchstring/protocol'

/** How the one address is reached: where to listen, by which certificate, through which proxies. */
export type Serving = {
  /** `LATCHSTRING_LISTEN`: addresses of this machine. */
  listen: string[]
  /** Where the certificate comes from; null serves plain http: on this machine, or to named proxies. */
  certificate: CertificateSetting | null
  /** `LATCHSTRING_TRUSTED_PROXIES`, `LATCHSTRING_PROXY_HEADERS`. */
  proxies: ProxyTrust
}

export type CertificateSetting = FilesSetting | AcmeSetting

/** `LATCHSTRING_TLS_CERT_FILE` (the chain, leaf first) and `LATCHSTRING_TLS_KEY_FILE`, both PEM. */
export type FilesSetting = { from: 'files'; certFile: string; keyFile: string }

/** `LATCHSTRING_ACME` (the directory of the authority), `LATCHSTRING_ACME_EMAIL`, `LATCHSTRING_ACME_PORT` for the proof. */
export type AcmeSetting = { from: 'acme'; directory: string; email: string; port: number }

type Given = (name: string) => string | undefined

/** Both loopback addresses: recorded agents try either. */
export const loopbackAddresses = ['127.0.0.1', '::1']

const bad = (name: string, what: string) =>
  new Failure('configuration_invalid', { message: `${name}: ${what}` })

const ways =
  'a certificate (LATCHSTRING_TLS_CERT_FILE and LATCHSTRING_TLS_KEY_FILE, or LATCHSTRING_ACME) or a named proxy (LATCHSTRING_TRUSTED_PROXIES)'

/**
 * Reads how the address is served, and refuses what would carry a secret unencrypted: a listener beyond this machine
 * demands an https address, and an https address something that makes it true. Pure.
 *
 * @param absolute makes a path absolute
 * @throws Failure `configuration_invalid`
 */
export function readServing(given: Given, url: URL, absolute: (path: string) => string): Serving {
  const listen = listOf(given('LATCHSTRING_LISTEN'))
  const serving: Serving = {
    listen: listen.length === 0 ? loopbackAddresses : listen,
    certificate: readCertificate(given, absolute),
    proxies: readProxies(given),
  }
  const https = url.protocol === 'https:'
  if (!https && serving.certificate !== null)
    throw bad('LATCHSTRING_URL', 'begin it with https:// when a certificate is given')
  for (const address of serving.listen) {
    if (isIP(address) === 0)
      throw bad(
        'LATCHSTRING_LISTEN',
        `${address} is no IP address. Give some with commas between: 0.0.0.0,::`,
      )
    if (!https && !isLoopbackAddress(address))
      throw bad(
        'LATCHSTRING_LISTEN',
        `${address} is reached from other machines, which takes an https:// LATCHSTRING_URL and ${ways}`,
      )
  }
  if (https && serving.certificate === null && serving.proxies.networks.length === 0)
    throw bad('LATCHSTRING_URL', `https takes ${ways}`)
  return serving
}

function readCertificate(given: Given, absolute: (path: string) => string): CertificateSetting | null {
  const [cert, key] = ['LATCHSTRING_TLS_CERT_FILE', 'LATCHSTRING_TLS_KEY_FILE'] as const
  const [certFile, keyFile] = [given(cert), given(key)]
  const acme = readAcme(given)
  if (acme !== null && (certFile ?? keyFile) !== undefined)
    throw bad('LATCHSTRING_ACME', `give it or ${cert}, not both`)
  if (acme !== null) return acme
  if (certFile === undefined && keyFile === undefined) return null
  if (certFile === undefined) throw bad(cert, `give it together with ${key}`)
  if (keyFile === undefined) throw bad(key, `give it together with ${cert}`)
  return { from: 'files', certFile: absolute(certFile), keyFile: absolute(keyFile) }
}

function readAcme(given: Given): AcmeSetting | null {
  const directory = given('LATCHSTRING_ACME')
  if (directory === undefined) return null
  if (!URL.canParse(directory) || new URL(directory).protocol !== 'https:')
    throw bad('LATCHSTRING_ACME', 'give the https:// address of the authority’s directory')
  const email = given('LATCHSTRING_ACME_EMAIL')
  if (email === undefined || !/^[^\s@]+@[^\s@]+$/.test(email))
    throw bad('LATCHSTRING_ACME_EMAIL', 'give the address that the authority may write to')
  if (given('LATCHSTRING_ACME_AGREE') !== 'yes')
    throw bad('LATCHSTRING_ACME_AGREE', 'read the terms of the authority, and give yes if you agree to them')
  const port = given('LATCHSTRING_ACME_PORT') ?? '80'
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    throw bad('LATCHSTRING_ACME_PORT', 'give the port at which this machine gets what comes to port 80')
  return { from: 'acme', directory, email, port: Number(port) }
}

function readProxies(given: Given): ProxyTrust {
  const networks = listOf(given('LATCHSTRING_TRUSTED_PROXIES'))
  for (const network of networks) {
    if (!isNetwork(network) || /\/0+$/.test(network))
      throw bad(
        'LATCHSTRING_TRUSTED_PROXIES',
        `${network} names no network of proxies. Give addresses or networks with commas between: 10.0.0.5,fd00::/64`,
      )
  }
  const headers = given('LATCHSTRING_PROXY_HEADERS') ?? 'x-forwarded'
  if (headers !== 'x-forwarded' && headers !== 'forwarded')
    throw bad('LATCHSTRING_PROXY_HEADERS', 'give x-forwarded or forwarded')
  return { networks, headers }
}

const listOf = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map(one => one.trim())
    .filter(one => one !== '')
