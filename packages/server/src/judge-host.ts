import type { IncomingMessage } from 'node:http'
import { Failure } from '@latchstring/protocol'
import type { Config } from './config.ts'
import { roomOf } from './routes.ts'

/**
 * Decides by the Host header. Our own address passes. This machine's other names pass for programs, which may be told
 * 127.0.0.1, and send a page's reader to the one address (passkeys and cookies belong to it). Any other name is refused:
 * a foreign page that points its own name at this machine (DNS rebinding) gets nothing.
 *
 * @returns undefined to go on, an address to redirect to, or a refusal
 */
export function judgeHost(
  config: Pick<Config, 'url' | 'port'>,
): (request: IncomingMessage) => undefined | string | Failure {
  const own = new URL(config.url).host
  const local = new Set(['localhost', '127.0.0.1', '[::1]'].map(name => `${name}:${config.port}`))
  return request => {
    const host = request.headers.host?.toLowerCase()
    if (host === own) return undefined
    if (host === undefined || !local.has(host)) return new Failure('misdirected')
    const page = request.method === 'GET' && roomOf(request.url ?? '/') === 'web'
    return page ? `${config.url}${request.url?.startsWith('/') ? request.url : '/'}` : undefined
  }
}
