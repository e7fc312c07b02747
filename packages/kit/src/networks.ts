import { BlockList, isIP } from 'node:net'

/** IPv4 in IPv6 clothing (RFC 4291 §2.5.5.2) is judged as IPv4, a link-local address without its zone (RFC 4007 §11). */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  return mapped?.[1] ?? address.split('%', 1)[0] ?? ''
}

/** Whether a text is a network in CIDR form, or one address. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

/**
 * Decides whether an address lies in one of some networks.
 *
 * @throws Error for what is not a network
 * @example
 * networkList(['10.0.0.0/8', '::1'])('10.1.2.3') // true
 */
export function networkList(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    if (!isNetwork(network)) throw new Error(`not a network: ${network}`)
    const [address = '', bits] = network.split('/')
    const [type, whole] = isIP(address) === 4 ? (['ipv4', 32] as const) : (['ipv6', 128] as const)
    list.addSubnet(address, bits === undefined ? whole : Number(bits), type)
  }
  return given => {
    const address = plainAddress(given)
    const family = isIP(address)
    return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6')
  }
}

const loopback = networkList(['127.0.0.0/8', '::1'])

/** Whether an address is this machine itself. */
export const isLoopbackAddress = (address: string): boolean => loopback(address)
