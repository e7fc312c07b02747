import { Failure } from '@latchstring/protocol'

/**
 * Keeps other sites from acting with a signed-in browser. A request that changes something must come from our own pages:
 * browsers say so by `Origin` or `Sec-Fetch-Site` and cannot be made to lie. A program without cookies sends neither and
 * is let through; one with a cookie must send one of them.
 *
 * @throws Failure `cross_site`
 */
export function judgeSite(request: Request, url: string): void {
  if (request.method === 'GET' || request.method === 'HEAD') return
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  const elsewhere =
    (origin !== null && origin !== new URL(url).origin) || (site !== null && site !== 'same-origin')
  const silent = origin === null && site === null && request.headers.has('cookie')
  if (elsewhere || silent) throw new Failure('cross_site')
}
