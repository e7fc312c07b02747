import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the browser brought back, and how to tell it the outcome. */
export type Callback = { parameters: URLSearchParams; answer(text: string, ok: boolean): Promise<void> }

export type CallbackServer = {
  redirectUri: string
  /** The first callback that carries the state of this sign-in; others are refused and do not end it. */
  callback: Promise<Callback>
  close(): void
}

/**
 * Waits for the browser on 127.0.0.1 at a port of the system's choice (RFC 8252 §7.3). The Host header must be ours,
 * so that no other site's name can be pointed here.
 */
export async function listenForCallback(state: string): Promise<CallbackServer> {
  let arrived: (callback: Callback) => void = () => {}
  const callback = new Promise<Callback>(resolve => {
    arrived = resolve
  })
  let taken = false
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (request.headers.host !== hostOf(server.address())) return void answer(response, 400, 'Wrong address.')
    if (request.method !== 'GET' || url.pathname !== '/callback')
      return void answer(response, 404, 'Nothing is here.')
    if (url.searchParams.get('state') !== state) {
      return void answer(
        response,
        400,
        'This is not the sign-in that latch is waiting for. Look in the terminal.',
      )
    }
    if (taken) return void answer(response, 409, 'This sign-in has already come back. Look in the terminal.')
    taken = true
    arrived({ parameters: url.searchParams, answer: (text, ok) => answer(response, ok ? 200 : 400, text) })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    redirectUri: `http://${hostOf(server.address())}/callback`,
    callback,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

const hostOf = (address: AddressInfo | string | null) =>
  typeof address === 'object' && address ? `127.0.0.1:${address.port}` : ''

function answer(response: ServerResponse<IncomingMessage>, status: number, text: string): Promise<void> {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return new Promise(resolve => {
    response.once('close', resolve)
    response.writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      connection: 'close',
    })
    response.end(
      `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>latch</title>` +
        `<style>:root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui;max-width:32rem;margin:20vh auto;padding:0 1rem}</style>` +
        `<body><main><p>${escaped}</p></main></body></html>`,
    )
  })
}
