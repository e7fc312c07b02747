const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const dayAndMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const dayMonthYear = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
})

/**
 * A time as people say it, seen from `now`: relative within 30 days, a date beyond.
 *
 * @example
 * relative(now - 150_000, now) // '2 min ago'
 * relative(now + 7_200_000, now) // 'in 2 h'
 */
export function relative(at: number, now: number): string {
  const distance = Math.abs(at - now)
  const say = (amount: string) => (at <= now ? `${amount} ago` : `in ${amount}`)
  if (distance < 10 * second) return at <= now ? 'just now' : 'in a moment'
  if (distance < minute) return say(`${Math.floor(distance / second)} s`)
  if (distance < hour) return say(`${Math.floor(distance / minute)} min`)
  if (distance < day) return say(`${Math.floor(distance / hour)} h`)
  if (distance < 30 * day) {
    const days = Math.floor(distance / day)
    return say(days === 1 ? '1 day' : `${days} days`)
  }
  return dayMonthYear.format(at)
}

/** To the second, in UTC: `2026-02-01 21:03:00 UTC`. */
export function exactUtc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** A UTC day as the plot labels it: `1 Feb`. */
export function dayName(date: string): string {
  return dayAndMonth.format(Date.parse(`${date}T00:00:00Z`))
}

/** A length of time: `412 ms`, `2.4 s`, `1 min 5 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < second) return `${Math.round(milliseconds)} ms`
  if (milliseconds < minute) return `${(milliseconds / second).toFixed(1)} s`
  return `${Math.floor(milliseconds / minute)} min ${Math.round((milliseconds % minute) / second)} s`
}
