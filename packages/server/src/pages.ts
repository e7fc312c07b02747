import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'

const mediaTypes: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
}

/** Scripts and styles from this server only; styles that a library makes carry the response's own nonce. */
const policy = (nonce: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')

/** On every page and file. A page's address may hold a code, so no page ever tells another site where it came from. */
export const safetyHeaders = {
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/**
 * Serves the web console from its built folder: files by name, and the one page for every other path, with a fresh nonce
 * in it. `HEAD /` answers 200 without asking who it is (recorded: older agents ask first).
 */
export function makePages(
  folder: string,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const page = existsSync(join(folder, 'index.html'))
    ? readFileSync(join(folder, 'index.html'), 'utf8')
    : undefined
  return async (request, response) => {
    for (const [name, value] of Object.entries(safetyHeaders)) response.setHeader(name, value)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end()
      return
    }
    const path = pathOf(request.url ?? '/')
    if (path === undefined || extname(path) !== '') return await sendFile(folder, path, request, response)
    if (page === undefined) {
      response
        .writeHead(500, { 'content-type': 'text/plain' })
        .end('The web console is not built. Run ./dev build.\n')
      return
    }
    const nonce = randomBytes(16).toString('base64')
    const html = page.replaceAll('{{nonce}}', nonce)
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy(nonce),
      'cache-control': 'no-store',
      'content-length': Buffer.byteLength(html),
    })
    response.end(request.method === 'HEAD' ? undefined : html)
  }
}

/** The path within the folder; undefined for what climbs out of it or cannot be read. */
function pathOf(url: string): string | undefined {
  try {
    const path = normalize(decodeURIComponent(url.split('?', 1)[0] ?? '/'))
    return path.includes('\0') || path.includes('..') || !path.startsWith('/') ? undefined : path
  } catch {
    return undefined
  }
}

async function sendFile(
  folder: string,
  path: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const type = path === undefined ? undefined : mediaTypes[extname(path)]
  const content =
    type === undefined || path === '/index.html'
      ? undefined
      : await readFile(join(folder, path ?? '')).catch(() => undefined)
  if (content === undefined || type === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('Not found\n')
    return
  }
  response.writeHead(200, {
    'content-type': type,
    'content-length': content.length,
    // Built files carry a hash of their content in their name.
    'cache-control': path?.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  })
  response.end(request.method === 'HEAD' ? undefined : content)
}
