import { useSyncExternalStore } from 'react'
import { exactUtc, relative } from './relative.ts'

/** One clock for all times of a page: they move on together, every 15 seconds. */
let now = Date.now()
const tellers = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(tell: () => void) {
  tellers.add(tell)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const each of tellers) each()
  }, 15_000)
  return () => {
    tellers.delete(tell)
    if (tellers.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now)
}

/** A time of the wire (RFC 3339): relative, with the exact UTC on hover. */
export function Time({ at, none = 'never' }: { at: string | null; none?: string }) {
  const clock = useNow()
  if (at === null) return none
  const milliseconds = Date.parse(at)
  // What happened after the page's clock last moved happened just now.
  const seen = milliseconds > clock && milliseconds - clock < 20_000 ? milliseconds : clock
  return (
    <time dateTime={at} title={exactUtc(milliseconds)}>
      {relative(milliseconds, seen)}
    </time>
  )
}
