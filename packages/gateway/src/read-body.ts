import type { IncomingMessage } from 'node:http'
import { Failure } from '@latchstring/protocol'
import type { Lifeline } from './lifeline.ts'

export type BodyBounds = { bytes: number; ms: number }

/**
 * Reads a whole body. Chunks come to `take`; nothing is kept here.
 *
 * @throws Failure length_required, body_too_large, body_timeout, invalid_token (the credential ended meanwhile)
 */
export function readBody(
  request: IncomingMessage,
  lifeline: Lifeline,
  bounds: BodyBounds,
  take: (chunk: Buffer) => void,
): Promise<void> {
  const length = request.headers['content-length']
  if (length === undefined && request.headers['transfer-encoding'] === undefined)
    throw new Failure('length_required')
  if (length !== undefined && Number(length) > bounds.bytes) throw tooLarge(bounds.bytes)
  return new Promise((resolve, reject) => {
    let bytes = 0
    const timer = setTimeout(() => finish(new Failure('body_timeout')), bounds.ms)
    const finish = (failure: Failure | null) => {
      clearTimeout(timer)
      lifeline.rest()
      request.off('data', data).off('end', end).off('error', gone)
      request.on('error', () => {})
      if (failure === null) return resolve()
      request.pause()
      reject(failure)
    }
    const data = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > bounds.bytes) finish(tooLarge(bounds.bytes))
      else take(chunk)
    }
    const end = () => finish(null)
    const gone = () => lifeline.end('left')
    request.on('data', data).on('end', end).on('error', gone)
    lifeline.wait(() => finish(new Failure('invalid_token')))
  })
}

function tooLarge(bytes: number): Failure {
  const message = `The request body is longer than ${bytes} bytes, the most that this address accepts.`
  return new Failure('body_too_large', { message })
}
