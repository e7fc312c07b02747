import type { AccountRecord } from './store/vault.ts'

/** What to do before a token is handed out. `usable`: it is still valid, should the renewal fail. */
export type RefreshPlan = { do: 'use' } | { do: 'renew'; usable: boolean } | { do: 'sign_in' }

/** A token handed out has this much life left, or a third of its own where that is less. */
const minimumLifeMilliseconds = 120_000
/** A clock may differ from the server's by this much before times stop making sense. */
const clockToleranceMilliseconds = 60_000

/**
 * Decides whether a stored token may be handed out as it is. One that seems to live longer than it was given means the
 * clock was turned back since: its end is not known, so it is renewed.
 *
 * @param now milliseconds since 1970, UTC
 * @example
 * planRefresh({ ...record, issuedAt: 0, expiresAt: 900_000 }, 800_000) // { do: 'renew', usable: true }
 */
export function planRefresh(
  record: Pick<AccountRecord, 'issuedAt' | 'expiresAt' | 'reauthRequired'>,
  now: number,
): RefreshPlan {
  if (record.reauthRequired) return { do: 'sign_in' }
  const life = record.expiresAt - record.issuedAt
  const left = record.expiresAt - now
  if (left > life + clockToleranceMilliseconds) return { do: 'renew', usable: false }
  return left >= Math.min(minimumLifeMilliseconds, life / 3) && left > 0
    ? { do: 'use' }
    : { do: 'renew', usable: left > 0 }
}
