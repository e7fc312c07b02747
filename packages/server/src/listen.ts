import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { Failure } from '@latchstring/protocol'
import type { Certificate, CertificateSource } from './certificates/source.ts'

export type Listener = (request: IncomingMessage, response: ServerResponse) => void

/**
 * What one connection may take. Whoever sends slower is told 408, a longer head 431. A body has more time than the gateway
 * gives it, so that the gateway's own words arrive first.
 */
export const socketLimits = {
  maxHeaderSize: 64 * 1024,
  headersTimeout: 30_000,
  requestTimeout: 150_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 75_000,
}

/** How long a request may still be sent after its answer: time to read the answer, since closing discards it (RFC 9112 §9.6). */
const lingerMs = 1_000

/** Whoever was answered and goes on sending all the same is let go, and does not hold the connection. */
const lettingGo =
  (listener: Listener): Listener =>
  (request, response) => {
    // Taken now: a request that was given up no longer knows its own.
    const { socket } = request
    response.once('finish', () => {
      if (request.complete) return
      setTimeout(() => {
        if (!request.complete) socket.destroy()
      }, lingerMs).unref()
    })
    listener(request, response)
  }

/** TLS 1.2 with forward secrecy and TLS 1.3; no more than HTTP/1.1 is spoken. */
const tls = { minVersion: 'TLSv1.2', handshakeTimeout: 10_000, ALPNProtocols: ['http/1.1'] } as const

/**
 * Listens at every address, or at none.
 *
 * @throws Failure `port_taken`, `configuration_invalid`
 */
export async function listen(
  { listen: addresses, port }: { listen: readonly string[]; port: number },
  certificate: CertificateSource | null,
  listener: Listener,
  limits = socketLimits,
): Promise<Server[]> {
  const servers: Server[] = []
  for (const address of addresses) {
    // Beside 0.0.0.0, :: takes IPv6 only; alone it takes both.
    const ipv6Only = address === '::' && addresses.includes('0.0.0.0')
    try {
      servers.push(
        await listenAt({ host: address, port, ipv6Only }, makeServer(certificate, listener, limits)),
      )
    } catch (error) {
      // A machine without IPv6 goes without.
      if (address === '::1' && servers.length > 0 && !(error instanceof Failure)) continue
      await Promise.all(servers.map(closeServer))
      throw error instanceof Failure ? error : notListening(address, port, error)
    }
  }
  return servers
}

function makeServer(
  certificate: CertificateSource | null,
  listener: Listener,
  limits: typeof socketLimits,
): Server {
  if (certificate === null) return createServer(limits, lettingGo(listener))
  const server = createSecureServer({ ...limits, ...tls, ...certificate.current() }, lettingGo(listener))
  certificate.onRenewal((renewed: Certificate) =>
    server.setSecureContext({ minVersion: tls.minVersion, ...renewed }),
  )
  return server
}

function listenAt(at: { host: string; port: number; ipv6Only: boolean }, server: Server): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', cause => {
      const taken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
      const message = `Port ${at.port} is taken by another program.`
      reject(taken ? new Failure('port_taken', { message, cause }) : cause)
    })
    server.listen(at, () => resolve(server))
  })
}

function notListening(address: string, port: number, cause: unknown): Failure {
  const { code } = cause as NodeJS.ErrnoException
  const message =
    code === 'EACCES'
      ? `LATCHSTRING_PORT: this user may not listen at port ${port}. Give one from 1024 on, or the capability CAP_NET_BIND_SERVICE.`
      : `LATCHSTRING_LISTEN: cannot listen at ${address} (${code}). Give an address of this machine.`
  return new Failure('configuration_invalid', { message, cause })
}

const drainMs = 10_000

/** Ends idle connections at once and the others when their request is done, at the latest after `drainMs`. */
export function closeServer(server: Server): Promise<void> {
  return new Promise(resolve => {
    const late = setTimeout(() => server.closeAllConnections(), drainMs)
    server.close(() => {
      clearTimeout(late)
      resolve()
    })
    server.closeIdleConnections()
  })
}
