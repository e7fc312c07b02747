import type { IncomingMessage } from 'node:http'
import type { Client } from '@latchstring/kit/client-address'
import { isLoopbackAddress } from '@latchstring/kit/networks'
import { Failure } from '@latchstring/protocol'
import type { Config } from './config.ts'
import { roomOf } from './routes.ts'

/**
 * Decides by the Host header and by how the request travelled. Our own address passes, when it is https only what came
 * encrypted; a page's reader who came without is sent to the one address. This machine's other names pass for programs
 * on it, which may be told 127.0.0.1, and send a page's reader likewise (passkeys and cookies belong to the one address).
 * Any other name is refused: a foreign page that points its own name at this machine (DNS rebinding) gets nothing. Only
 * the two health addresses answer under any name, since balancers ask by number; they say nothing but that.
 *
 * @returns undefined to go on, an address to redirect to, or a refusal
 */
export function judgeHost(
  config: Pick<Config, 'url' | 'port'>,
): (request: IncomingMessage, client: Client) => undefined | string | Failure {
  const { host: own, protocol, port } = new URL(config.url)
  const secure = protocol === 'https:'
  // A client may name the port that the scheme implies (RFC 9110 §4.2.3).
  const names = new Set([own, ...(port === '' ? [`${own}:${secure ? 443 : 80}`] : [])])
  const local = new Set(['localhost', '127.0.0.1', '[::1]'].map(name => `${name}:${config.port}`))
  return (request, client) => {
    const url = request.url ?? '/'
    const host = oneHost(request)
    const page = request.method === 'GET' && roomOf(url) === 'web'
    const there = `${config.url}${url.startsWith('/') ? url : '/'}`
    if (names.has(host)) {
      if (!secure || client.encrypted) return undefined
      return page ? there : isHealth(url) ? undefined : new Failure('https_required')
    }
    const here = !client.proxied && isLoopbackAddress(request.socket.remoteAddress ?? '')
    if (local.has(host) && here) return page ? there : undefined
    return isHealth(url) ? undefined : new Failure('misdirected')
  }
}

const isHealth = (url: string) => ['/healthz', '/readyz'].includes(url.split('?', 1)[0] ?? '')

/** The name asked for, in lower case; none where it was given twice (RFC 9112 §3.2). */
function oneHost({ headers, rawHeaders }: IncomingMessage): string {
  let given = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name?.length === 4 && name.toLowerCase() === 'host') given++
  }
  return given === 1 ? (headers.host?.toLowerCase() ?? '') : ''
}
