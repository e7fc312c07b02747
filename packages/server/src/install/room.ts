import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Failure } from '@latchstring/protocol'
import { safetyHeaders } from '../pages.ts'
import { installPage } from './page.ts'
import { installScript } from './script.ts'

type Document = { type: string; body: Buffer; tag: string }

/** So that a new build's sum and file are seen together soon. */
const cacheSeconds = 300

/**
 * Serves the `latch` that fits this server, to anybody: nothing here is secret. Everything is read once at the start, so
 * that the sum shown and the bytes served are always of one build.
 */
export function installRoom(
  url: string,
  file: string,
  refuse: (response: ServerResponse, failure: Failure) => void,
): (request: IncomingMessage, response: ServerResponse) => void {
  const documents = existsSync(file) ? documentsOf(url, readFileSync(file)) : {}
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, new Failure('method_not_allowed'))
    const path = request.url?.split('?', 1)[0] ?? ''
    const document = Object.hasOwn(documents, path) ? documents[path] : undefined
    if (document === undefined) return refuse(response, new Failure('not_found'))
    const headers = {
      ...safetyHeaders,
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
      'cache-control': `public, max-age=${cacheSeconds}`,
      etag: document.tag,
    }
    if (request.headers['if-none-match'] === document.tag) {
      response.writeHead(304, headers).end()
      return
    }
    response.writeHead(200, {
      ...headers,
      'content-type': document.type,
      'content-length': document.body.length,
    })
    response.end(request.method === 'HEAD' ? undefined : document.body)
  }
}

function documentsOf(url: string, latch: Buffer): Record<string, Document> {
  const sumOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
  const sum = sumOf(latch)
  const document = (type: string, body: Buffer): Document => ({
    type,
    body,
    tag: `"${sumOf(body).slice(0, 32)}"`,
  })
  const text = (type: string, body: string) => document(`${type}; charset=utf-8`, Buffer.from(body))
  return {
    '/install': text('text/html', installPage(url, sum)),
    '/install/install.sh': text('text/x-shellscript', installScript(url, sum)),
    '/install/latch.cjs': document('application/octet-stream', latch),
    '/install/latch.cjs.sha256': text('text/plain', `${sum}  latch.cjs\n`),
  }
}
