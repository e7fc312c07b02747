import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { networkList, plainAddress } from './networks.ts'

/** Where a request comes from, after judging what the headers of a proxy say. */
export type Client = {
  /** Who asks: the socket's peer, or whom a trusted proxy names. */
  address: string
  /** Whether a trusted proxy says that it passed this request on. */
  proxied: boolean
  /** Whether it travelled encrypted from the client to the first of ours. */
  encrypted: boolean
}

/** Which headers the trusted proxies write. The other kind is ignored: they may pass on what a client made up. */
export type ProxyHeaders = 'x-forwarded' | 'forwarded'

export type ProxyTrust = { networks: readonly string[]; headers: ProxyHeaders }

type Arrival = { peer: string | undefined; encrypted: boolean; headers: IncomingHttpHeaders }
type Hop = { address: string | undefined; proto: string | undefined }

/**
 * Reads the client's address. Headers are believed only from a peer in `networks`, and each hop only names the one before
 * it: going back from the socket, the first hop that is not a trusted proxy is the client. What a client writes into these
 * headers lies further left and is never reached (RFC 7239 §8.1). Pure.
 *
 * @example
 * const read = clientRule({ networks: ['10.0.0.0/8'], headers: 'x-forwarded' })
 * const headers = { 'x-forwarded-for': '1.2.3.4, 203.0.113.9', 'x-forwarded-proto': 'https' }
 * read({ peer: '10.0.0.2', encrypted: false, headers }) // { address: '203.0.113.9', proxied: true, encrypted: true }
 */
export function clientRule({ networks, headers: kind }: ProxyTrust): (arrival: Arrival) => Client {
  const trusted = networkList(networks)
  return ({ peer = '', encrypted, headers }) => {
    const direct = { address: plainAddress(peer), proxied: false, encrypted }
    if (!trusted(direct.address)) return direct
    const hops = kind === 'forwarded' ? readForwarded(headers) : readXForwarded(headers)
    if (hops.length === 0) return direct
    let { address } = direct
    let proto: string | undefined
    for (const hop of hops.reverse()) {
      proto = hop.proto
      // A hop that names nobody readable is the last one known.
      if (hop.address === undefined) break
      address = hop.address
      if (!trusted(address)) break
    }
    return { address, proxied: true, encrypted: proto === undefined ? encrypted : proto === 'https' }
  }
}

function readXForwarded(headers: IncomingHttpHeaders): Hop[] {
  const protos = listOf(headers['x-forwarded-proto']).map(one => one.toLowerCase())
  const proto = protos.find(one => one !== 'https') ?? protos[0]
  const hops = listOf(headers['x-forwarded-for']).map(one => ({ address: addressIn(one), proto }))
  return hops.length === 0 && proto !== undefined ? [{ address: undefined, proto }] : hops
}

/** RFC 7239 §4: `for=192.0.2.60;proto=https, for="[2001:db8::1]:4711"`. */
function readForwarded(headers: IncomingHttpHeaders): Hop[] {
  return listOf(headers.forwarded).map(element => {
    const pairs = new Map(
      element.split(';').map(pair => {
        const at = pair.indexOf('=')
        const value = pair
          .slice(at + 1)
          .trim()
          .replace(/^"(.*)"$/, '$1')
        return [pair.slice(0, at).trim().toLowerCase(), value]
      }),
    )
    return { address: addressIn(pairs.get('for') ?? ''), proto: pairs.get('proto')?.toLowerCase() }
  })
}

const listOf = (header: string | string[] | undefined): string[] =>
  [header ?? []]
    .flat()
    .join(',')
    .split(',')
    .map(one => one.trim())
    .filter(one => one !== '')

/** `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`; undefined for `unknown`, `_hidden` and anything else. */
function addressIn(text: string): string | undefined {
  const bare = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text
  return isIP(bare) === 0 ? undefined : plainAddress(bare)
}

const noted = new WeakMap<IncomingMessage, Client>()

/** Says once, where a request arrives, who sent it; every room reads the same answer. */
export function noteClient(request: IncomingMessage, client: Client): void {
  noted.set(request, client)
}

/** Who sent a request. Where nothing was noted the socket says it, and headers are believed from nobody. */
export function clientOf(request: IncomingMessage): Client {
  const { socket } = request
  return (
    noted.get(request) ?? {
      address: plainAddress(socket.remoteAddress ?? ''),
      proxied: false,
      encrypted: 'encrypted' in socket,
    }
  )
}
