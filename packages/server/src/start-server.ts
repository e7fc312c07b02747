import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { gatewayListener } from '@latchstring/gateway'
import { makeOutbound } from '@latchstring/kit/outbound'
import { newRequestId } from '@latchstring/kit/request-id'
import { Failure } from '@latchstring/protocol'
import { endpoints } from '@latchstring/protocol/api'
import { openApi } from '@latchstring/protocol/api/openapi'
import { failureBody, failureHeaders } from '@latchstring/protocol/decide/failure-body'
import type { Config } from './config.ts'
import { lockData } from './data-lock.ts'
import { judgeHost } from './judge-host.ts'
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

type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** Where the built web console lies beside this package. */
const webFolder = fileURLToPath(new URL('../../web/dist', import.meta.url))

const drainMs = 10_000

/**
 * Starts everything in one process.
 *
 * @throws Failure `data_in_use`, `port_taken`, `configuration_invalid`
 */
export async function startServer(config: Config): Promise<RunningServer> {
  const lock = lockData(config.dataFolder)
  const { console, masterKey, log } = await openConsole(config)
  const outbound = makeOutbound({ allowPrivate: config.allowPrivate })
  const pages = makePages(webFolder)
  const rooms: Record<Room, Listener> = {
    gateway: gatewayListener({ contract: console.contract, outbound, masterKey, log }),
    oauth: console.oauth,
    console: console.api,
    settings: console.managedSettings,
    web: (request, response) => void pages(request, response),
    server: (request, response) => void answerSelf(request, response),
  }
  const judge = judgeHost(config)
  const answer: Listener = (request, response) => {
    const elsewhere = judge(request)
    if (elsewhere === undefined) return rooms[roomOf(request.url ?? '/')](request, response)
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
    const ready = await console.ready()
    return json(response, ready ? 200 : 503, { status: ready ? 'ready' : 'storage unavailable' })
  }

  let servers: Server[]
  try {
    servers = await listen(config.port, listener)
  } catch (error) {
    await Promise.all([console.close(), outbound.close()])
    lock.release()
    throw error
  }
  return {
    url: config.url,
    setupLink: () => console.setupLink(),
    async stop() {
      await Promise.all(servers.map(close))
      await outbound.close()
      await console.close()
      lock.release()
    },
  }
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

/** Both loopback addresses: recorded agents try either. A machine without IPv6 goes without. */
async function listen(port: number, listener: Listener): Promise<Server[]> {
  const servers = [await listenAt('127.0.0.1', port, listener)]
  try {
    servers.push(await listenAt('::1', port, listener))
  } catch (error) {
    if (error instanceof Failure) {
      await Promise.all(servers.map(close))
      throw error
    }
  }
  return servers
}

function listenAt(host: string, port: number, listener: Listener): Promise<Server> {
  const server = createServer(
    { maxHeaderSize: 64 * 1024, headersTimeout: 30_000, keepAliveTimeout: 75_000 },
    listener,
  )
  return new Promise((resolve, reject) => {
    server.once('error', cause => {
      const taken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
      reject(
        taken
          ? new Failure('port_taken', { message: `Port ${port} is taken by another program.`, cause })
          : cause,
      )
    })
    server.listen(port, host, () => resolve(server))
  })
}

/** Ends idle connections at once and the others when their request is done, at the latest after `drainMs`. */
function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    const late = setTimeout(() => server.closeAllConnections(), drainMs)
    server.close(() => {
      clearTimeout(late)
      resolve()
    })
    server.closeIdleConnections()
  })
}
