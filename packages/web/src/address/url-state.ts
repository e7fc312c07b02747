/**
 * The query of an address as plain strings, both ways: `?q=12` stays the text "12". The router's own way reads JSON,
 * so that a request id of digits would become a number.
 */
export function readQuery(query: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(query))
}

export function writeQuery(state: Record<string, unknown>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(state)) {
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value))
  }
  return query.size > 0 ? `?${query}` : ''
}

/**
 * What a page's state becomes after a change: names set to '' go, and paging starts again unless the change is paging.
 *
 * @example
 * changed({ status: 'active', after_id: 'x' }, { status: '' }) // {}
 */
export function changed(
  state: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const paging = 'after_id' in change || 'before_id' in change
  const next: Record<string, string> = {}
  for (const [name, value] of Object.entries({ ...state, ...change })) {
    if (value === undefined || value === '') continue
    const isPaging = name === 'after_id' || name === 'before_id'
    if (isPaging && (!paging || change[name] === undefined)) continue
    next[name] = value
  }
  return next
}
