import type { Logger } from '@latchstring/kit/log'

/** Something done again and again; `run` answers true when there is more to do at once. */
export type Job = { name: string; everySeconds: number; run(): Promise<boolean> }

/**
 * Runs jobs until stopped, each alone and never twice at once. A job that fails is logged and tried again at its next
 * turn; it never ends the process.
 */
export function startJobs(jobs: readonly Job[], log: Logger): { stop(): Promise<void> } {
  const timers = new Set<NodeJS.Timeout>()
  const running = new Set<Promise<void>>()
  let stopped = false

  const turn = async (job: Job) => {
    let more = false
    try {
      more = await job.run()
    } catch (error) {
      log.error({ job: job.name, error }, 'a job failed and will be tried again')
    }
    plan(job, more ? 0 : job.everySeconds * 1000)
  }
  const plan = (job: Job, delayMs: number) => {
    if (stopped) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      const run = turn(job).finally(() => running.delete(run))
      running.add(run)
    }, delayMs)
    timer.unref()
    timers.add(timer)
  }
  for (const job of jobs) plan(job, job.everySeconds * 1000)
  return {
    async stop() {
      stopped = true
      for (const timer of timers) clearTimeout(timer)
      await Promise.all(running)
    },
  }
}
