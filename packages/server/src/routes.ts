/** The rooms that answer requests. */
export type Room = 'gateway' | 'oauth' | 'console' | 'settings' | 'server' | 'install' | 'web'

/**
 * THE table of which path goes to which room; the longest prefix wins and a prefix ends at a segment's end, so that
 * `/v1/models` does not take `/v1/modelsX`. Everything else is a page.
 */
export const routes: Record<`/${string}`, Room> = {
  '/v1/messages': 'gateway',
  '/v1/models': 'gateway',
  '/v1/metrics': 'gateway',
  '/v1/logs': 'gateway',
  '/v1/traces': 'gateway',
  '/v1': 'console',
  '/managed/settings': 'settings',
  '/oauth': 'oauth',
  '/.well-known': 'oauth',
  '/openapi.json': 'server',
  '/healthz': 'server',
  '/readyz': 'server',
  '/install': 'install',
}

/**
 * Whatever stands in a request line gets a room: a target may be any text (`constructor://x/`), so only the table's own
 * names count.
 *
 * @param url path and query as they came
 * @example
 * roomOf('/v1/messages?beta=true') // 'gateway'
 */
export function roomOf(url: string): Room {
  let path = url.split('?', 1)[0] ?? '/'
  while (path !== '') {
    const room = Object.hasOwn(routes, path) ? routes[path as `/${string}`] : undefined
    if (room !== undefined) return room
    path = path.slice(0, path.lastIndexOf('/'))
  }
  return 'web'
}
