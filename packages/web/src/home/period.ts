const hour = 3_600_000

/** A span of time that an address names: the last 24 hours or 30 days, or one UTC day. */
export type Span = { from: number; to: number; title: string }

/**
 * @example
 * spanOf({ period: '24h' }, now) // the 24 hours before now
 * spanOf({ day: '2026-02-01' }, now) // that UTC day
 */
export function spanOf(state: Readonly<Record<string, string>>, now: number): Span | undefined {
  if (state['period'] === '24h') return { from: now - 24 * hour, to: Infinity, title: 'last 24 hours' }
  if (state['period'] === '30d') return { from: now - 30 * 24 * hour, to: Infinity, title: 'last 30 days' }
  const day = state['day'] ?? ''
  const start = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(start)) return undefined
  return { from: start, to: start + 24 * hour, title: day }
}

export const within = (span: Span | undefined, at: string): boolean => {
  const time = Date.parse(at)
  return span === undefined || (time >= span.from && time < span.to)
}
