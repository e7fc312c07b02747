import type { Base } from '../base/base.ts'
import { artifactId } from './adapter.ts'
import type { AskedFrom } from './asking.ts'
import type { ArtifactRow } from './queries.ts'
import { updateArtifact } from './queries.ts'

/** RFC 8628 §3.5: how long a device waits between polls, and how much longer after each `slow_down`. */
export const pollSeconds = 5
const slowDownSeconds = 5
/** A poll may come early by this much: the network shortens some gaps. */
const jitterMs = 1000

/** Notes who asks for a device code: the page that approves it shows them, the session carries them. */
export async function noteDevice(base: Base, deviceCode: string, from: AskedFrom): Promise<void> {
  await base.database.transaction(handle =>
    updateArtifact(handle, artifactId('DeviceCode', deviceCode), {
      interval_seconds: pollSeconds,
      asked_from: JSON.stringify({ address: from.address, userAgent: from.userAgent }),
    }),
  )
}

/** Decides about a poll of a code that nobody has decided about yet. */
export function planPoll(
  row: Pick<ArtifactRow, 'polled_at' | 'interval_seconds'>,
  now: number,
): { slowDown: boolean; intervalSeconds: number } {
  const intervalSeconds = row.interval_seconds ?? pollSeconds
  const early = row.polled_at !== null && now - row.polled_at < intervalSeconds * 1000 - jitterMs
  return { slowDown: early, intervalSeconds: early ? intervalSeconds + slowDownSeconds : intervalSeconds }
}

/** @returns false where the poll came too early: the answer is `slow_down` */
export async function admitPoll(base: Base, row: ArtifactRow): Promise<boolean> {
  const now = base.now()
  const plan = planPoll(row, now)
  await base.database.transaction(handle =>
    updateArtifact(handle, row.id, { polled_at: now, interval_seconds: plan.intervalSeconds }),
  )
  return !plan.slowDown
}
