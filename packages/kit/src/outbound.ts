import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns'
import { isIP } from 'node:net'
import { Failure } from '@latchstring/protocol'
import type { Dispatcher } from 'undici'
import { Agent } from 'undici'
import { networkList, plainAddress } from './networks.ts'

/** Addresses that the outside must never make this server reach: RFC 6890 special purposes, metadata services. */
const specialNetworks = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]

const special = networkList(specialNetworks)

/**
 * Decides whether this server may open a connection to an address.
 *
 * @param allowed networks in CIDR form that the operator opened (`LATCHSTRING_ALLOW_PRIVATE`)
 * @example
 * addressRule([])('169.254.169.254') // false
 * addressRule(['127.0.0.0/8'])('127.0.0.1') // true
 */
export function addressRule(allowed: readonly string[]): (address: string) => boolean {
  const open = networkList(allowed)
  return given => {
    const address = plainAddress(given)
    const family = isIP(address)
    if (family === 0) return false
    if (open(address)) return true
    return !special(address) && !(family === 6 && /^::ffff:/i.test(address))
  }
}

export type OutboundOptions = {
  allowPrivate: readonly string[]
  connectTimeoutMs?: number
  headersTimeoutMs?: number
  bodyTimeoutMs?: number
  connections?: number
}

/**
 * The one way out of a server. A name is resolved once, every address judged, and the connection made to an address that
 * passed: a second look-up cannot change it (DNS rebinding). Redirects are never followed.
 */
export function makeOutbound(options: OutboundOptions): Dispatcher {
  const permitted = addressRule(options.allowPrivate)
  const refuse = (host: string) =>
    new Failure('address_refused', { cause: new Error(`address of ${host} refused`) })
  const agent = new Agent({
    connections: options.connections ?? 512,
    headersTimeout: options.headersTimeoutMs ?? 600_000,
    bodyTimeout: options.bodyTimeoutMs ?? 300_000,
    keepAliveTimeout: 30_000,
    connect: {
      timeout: options.connectTimeoutMs ?? 10_000,
      lookup: (hostname, lookupOptions, callback) => {
        lookup(hostname, { ...lookupOptions, all: true }, (error, addresses: LookupAddress[]) => {
          if (error) return callback(error, [])
          const passed = addresses.filter(one => permitted(one.address))
          if (passed.length === 0) return callback(refuse(hostname), [])
          if (lookupOptions.all) return callback(null, passed)
          const first = passed[0] as LookupAddress
          return callback(null, first.address, first.family)
        })
      },
    },
  })
  // A literal address skips the look-up, so it is judged here.
  return agent.compose(dispatch => (request, handler) => {
    const host = new URL(String(request.origin)).hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) !== 0 && !permitted(host)) {
      handler.onResponseError?.(null as never, refuse(host))
      return true
    }
    return dispatch(request, handler)
  })
}
