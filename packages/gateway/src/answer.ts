import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Failure } from '@latchstring/protocol'
import { failureBody, failureHeaders } from '@latchstring/protocol/decide/failure-body'
import type { Limits } from './limits.ts'

/** A body this short is left to Node.js, which drops it after the reply and keeps the connection. */
const cheapToDrop = 1024 * 1024

export function answerJson(response: ServerResponse, value: unknown, requestId: string): void {
  const body = JSON.stringify(value)
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'request-id': requestId,
  })
  response.end(body)
}

/**
 * Refuses. Agents send their body before they listen, and a connection closed on unread bytes is reset, answer and all
 * (RFC 9112 §9.6): so the answer goes out first, what still comes is read and dropped up to a bound, and only then does
 * a connection close that had too much to say.
 */
export function answerFailure(
  request: IncomingMessage,
  response: ServerResponse,
  failure: Failure,
  requestId: string,
  limits: Limits,
): void {
  const body = JSON.stringify(failureBody(failure, requestId))
  const headers = { ...failureHeaders(failure, requestId), 'content-length': String(Buffer.byteLength(body)) }
  const length = request.headers['content-length']
  const short = length !== undefined && Number(length) <= cheapToDrop
  if (request.complete || (short && failure.code !== 'body_timeout')) {
    response.writeHead(failure.status, headers).end(body)
    request.resume()
    return
  }
  response.writeHead(failure.status, { ...headers, connection: 'close' }).write(body)
  dropBody(request, limits, () => response.end())
}

function dropBody(request: IncomingMessage, limits: Limits, done: () => void): void {
  let bytes = 0
  const timer = setTimeout(done, limits.unwantedMs)
  const stop = () => {
    clearTimeout(timer)
    done()
  }
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > limits.unwantedBytes) stop()
  })
  request.once('end', stop).once('close', stop).on('error', stop).resume()
}
