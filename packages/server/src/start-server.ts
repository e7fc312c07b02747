import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { gatewayListener } from '@latchstring/gateway'
import { clientRule, noteClient } from '@latchstring/kit/client-address'
import { makeOutbound } from '@latchstring/kit/outbound'
import { newRequestId } from '@latchstring/kit/request-id'
import { Failure } from '@latchstring/protocol'
import { endpoints } from '@latchstring/protocol/api'
import { openApi } from '@latchstring/protocol/api/openapi'
import { failureBody, failureHeaders } from '@latchstring/protocol/decide/failure-body'
import { carried } from './carried.ts'
import { openCertificate } from './certificates/open.ts'
import type { CertificateSource } from './certificates/source.ts'
import type { Config } from './config.ts'
import { isLoopbackName } from './config.ts'
import { lockData } from './data-lock.ts'
import { installRoom } from './install/room.ts'
import { judgeHost } from './judge-host.ts'
import type { Listener } from './listen.ts'
import { closeServer, listen } from './listen.ts'
import { makePages } from './pages.ts'
import type { Room } from './routes.ts'
import { roomOf } from './routes.ts'
import { openConsole } from './with-console.ts'

export type RunningServer = {
  url: string
  /** null once the server is set up. */
  setupLink(): Promise<string | null>
  /** Takes no new requests, lets those under way end (up to 10 s), closes. */
  stop(): Promise<void>
}

/**
 * Starts everything in one process.
 *
 * @throws Failure `data_in_use`, `port_taken`, `configuration_invalid`
 */
export async function startServer(config: Config): Promise<RunningServer> {
  // Servers that share a PostgreSQL may be several.
  const lock = config.postgres === null ? lockData(config.dataFolder) : { release() {} }
  const { console, masterKey, log } = await openConsole(config).catch(error => {
    lock.release()
    throw error
  })
  const outbound = makeOutbound({ allowPrivate: config.allowPrivate })
  const pages = makePages(carried.web)
  const rooms: Record<Room, Listener> = {
    gateway: gatewayListener({ contract: console.contract, outbound, masterKey, log }),
    oauth: console.oauth,
    console: console.api,
    settings: console.managedSettings,
    web: (request, response) => void pages(request, response),
    install: installRoom(config.url, carried.latch, refuse),
    server: (request, response) => void answerSelf(request, response),
  }
  const judge = judgeHost(config)
  const clientFrom = clientRule(config.proxies)
  const strict = strictTransport(config)
  const answer: Listener = (request, response) => {
    const client = clientFrom({
      peer: request.socket.remoteAddress,
      encrypted: 'encrypted' in request.socket,
      headers: request.headers,
    })
    noteClient(request, client)
    const elsewhere = judge(request, client)
    const room = roomOf(request.url ?? '/')
    // Browsers keep what one page says for all; an agent's reply stays as its provider wrote it.
    if (strict !== undefined && room !== 'gateway') response.setHeader('strict-transport-security', strict)
    if (elsewhere === undefined) return rooms[room](request, response)
    if (elsewhere instanceof Failure) return refuse(response, elsewhere)
    response.writeHead(307, { location: elsewhere, 'cache-control': 'no-store' }).end()
  }
  /** A fault in answering one request is that request's; the server goes on for everybody else. */
  const listener: Listener = (request, response) => {
    try {
      answer(request, response)
    } catch (error) {
      log.error({ error }, 'a request was not answered')
      if (response.headersSent) response.destroy()
      else refuse(response, new Failure('internal', { cause: error }))
    }
  }

  async function answerSelf(request: IncomingMessage, response: ServerResponse) {
    const path = request.url?.split('?', 1)[0]
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, new Failure('method_not_allowed'))
    if (path === '/openapi.json') return json(response, 200, openApi(endpoints, config.url))
    if (path === '/healthz') return json(response, 200, { status: 'ok' })
    if (path !== '/readyz') return refuse(response, new Failure('not_found'))
    const storage = await console.ready()
    const ready = storage.database && storage.journal
    return json(response, ready ? 200 : 503, {
      status: ready ? 'ready' : 'storage unavailable',
      ...storage,
    })
  }

  let certificate: CertificateSource | null = null
  let servers: Server[]
  try {
    certificate = await openCertificate(config, masterKey, log)
    servers = await listen(config, certificate, listener)
  } catch (error) {
    await Promise.all([certificate?.close(), console.close(), outbound.close()])
    lock.release()
    throw error
  }
  return {
    url: config.url,
    setupLink: () => console.setupLink(),
    async stop() {
      await Promise.all(servers.map(closeServer))
      await certificate?.close()
      await outbound.close()
      await console.close()
      lock.release()
    },
  }
}

/**
 * RFC 6797, a year. Not for localhost: it would hold for every other program's pages there.
 */
const strictTransport = ({ url }: Config): string | undefined => {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' && !isLoopbackName(hostname) ? 'max-age=31536000' : undefined
}

const refuse = (response: ServerResponse, failure: Failure) => {
  const requestId = newRequestId()
  response
    .writeHead(failure.status, failureHeaders(failure, requestId))
    .end(JSON.stringify(failureBody(failure, requestId)))
}

const json = (response: ServerResponse, status: number, body: object) =>
  void response
    .writeHead(status, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'request-id': newRequestId(),
    })
    .end(JSON.stringify(body))
