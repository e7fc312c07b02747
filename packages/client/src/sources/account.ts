import { defaultAccount } from '../configuration.ts'
import { signInNeeded } from '../errors.ts'
import { planRefresh } from '../plan-refresh.ts'
import type { Source } from '../source.ts'
import { readAccount } from '../store/vault.ts'

/** The sign-in by `latch login`, renewed early. The warm way reads three files and loads nothing more. */
export const account: Source = {
  title: 'sign-in by latch login',
  async find(world) {
    const chosen = defaultAccount(world)
    if (!chosen) return { absent: 'no sign-in on this machine' }
    const stored = readAccount(world, chosen.name)
    if (!stored) return { absent: `not signed in to ${chosen.address}` }
    const plan = planRefresh(stored.record, world.now())
    if (plan.do === 'sign_in') throw signInNeeded(stored.record.address, 'the session has ended')
    const record =
      plan.do === 'use' ? stored.record : await (await import('../refresh.ts')).renew(world, chosen.name)
    return {
      found: {
        kind: 'token',
        secret: record.accessToken,
        expiresAt: record.expiresAt,
        source: 'account',
        address: record.address,
      },
    }
  },
}
