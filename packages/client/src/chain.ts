import { defaultAccount } from './configuration.ts'
import { LatchError, signInNeeded } from './errors.ts'
import type { Credential, Source } from './source.ts'
import { account } from './sources/account.ts'
import { environment } from './sources/environment.ts'
import type { World } from './world.ts'

/** Every source, in the one order in which they are asked. The first that has a credential wins. */
export const chain = { environment, account } satisfies Record<string, Source>

export type SourceName = keyof typeof chain

const inOrder = Object.entries(chain) as [SourceName, Source][]

/**
 * Finds the credential for the next request, renewed where it would end soon.
 *
 * @returns see Credential: `secret` to send as `Authorization: Bearer`, `expiresAt` in milliseconds since 1970 or null
 * @throws LatchError `sign_in_needed` (exit 4) where no source has one; 5 store, 6 network, 8 busy
 * @example
 * const { secret } = await findCredential(machineWorld())
 * await fetch(url, { headers: { authorization: `Bearer ${secret}` } })
 */
export async function findCredential(world: World): Promise<Credential> {
  for (const [, source] of inOrder) {
    const finding = await source.find(world)
    if ('found' in finding) return finding.found
  }
  throw signInNeeded(defaultAccount(world)?.address)
}

/** One step of the walk: who was asked and what came of it. `expiresAt`: milliseconds since 1970. */
export type Explanation = {
  source: SourceName
  title: string
  outcome: 'used' | 'absent' | 'failed' | 'not_asked'
  reason: string
  expiresAt: number | null
}

/**
 * Walks the same way as findCredential and tells of every step; failures are told, not thrown.
 *
 * @example
 * const winner = (await explain(world)).find(step => step.outcome === 'used')
 */
export async function explain(world: World): Promise<Explanation[]> {
  const steps: Explanation[] = []
  let ended: string | undefined
  for (const [source, { title, find }] of inOrder) {
    const step = { source, title, expiresAt: null }
    if (ended) {
      steps.push({ ...step, outcome: 'not_asked', reason: ended })
      continue
    }
    try {
      const finding = await find(world)
      if ('absent' in finding) steps.push({ ...step, outcome: 'absent', reason: finding.absent })
      else {
        ended = `${source} comes first`
        const { address, expiresAt } = finding.found
        const reason = address ? `for ${address}` : 'for an address that the agent knows'
        steps.push({ ...step, outcome: 'used', reason, expiresAt })
      }
    } catch (error) {
      if (!(error instanceof LatchError)) throw error
      ended = `${source} failed, and another identity would surprise`
      steps.push({ ...step, outcome: 'failed', reason: error.message })
    }
  }
  return steps
}
