/** A time for people: `2026-02-01 21:03:00 UTC`. */
export const utc = (milliseconds: number) =>
  new Date(milliseconds)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')

/** A span for people, in its largest unit: `in 12 minutes`, `3 days ago`. */
export function fromNow(milliseconds: number, now: number): string {
  const seconds = Math.round((milliseconds - now) / 1000)
  const units = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
    ['second', 1],
  ] as const
  const [unit, length] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1]
  const count = Math.floor(Math.abs(seconds) / length)
  const span = `${count} ${unit}${count === 1 ? '' : 's'}`
  return seconds < 0 ? `${span} ago` : `in ${span}`
}
