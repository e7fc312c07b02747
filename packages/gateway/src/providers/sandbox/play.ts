import type { ReplyHead, ReplySink, Sending } from '../../provider.ts'

export type Recording = {
  head: ReplyHead
  chunks: readonly Buffer[]
  /** Milliseconds between two chunks; 0: as fast as they are taken. */
  paceMs: number
  /** The reply breaks off after its chunks. */
  cut: boolean
}

/** Plays a made reply as if it came over a wire: never before the caller is ready, and only while it is not paused. */
export function play({ head, chunks, paceMs, cut }: Recording, sink: ReplySink): Sending {
  let next = 0
  let paused = false
  let over = false
  let timer: NodeJS.Timeout | undefined
  const step = () => {
    timer = undefined
    while (!over && !paused && timer === undefined) {
      const chunk = chunks[next]
      if (chunk === undefined) {
        over = true
        if (cut) sink.broken({ reason: 'cut', detail: 'sandbox-cut' })
        else sink.end()
        return
      }
      next += 1
      sink.data(chunk)
      if (paceMs > 0) timer = setTimeout(step, paceMs)
    }
  }
  const begin = () => {
    if (over) return
    sink.head(head)
    step()
  }
  if (paceMs > 0) timer = setTimeout(begin, paceMs)
  else queueMicrotask(begin)
  return {
    abort() {
      over = true
      clearTimeout(timer)
    },
    pause() {
      paused = true
    },
    resume() {
      if (!paused) return
      paused = false
      if (timer === undefined) step()
    },
  }
}
