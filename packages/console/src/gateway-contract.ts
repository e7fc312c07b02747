import { authorize } from '@latchstring/protocol/decide/authorize'
import type { GatewayContract, TokenIssuer } from '@latchstring/protocol/gateway-contract'
import type { Base } from './base/base.ts'
import { asFailure } from './base/storage-failures.ts'
import { findLiveKey, touchKey } from './keys/service.ts'
import { findMember } from './members/service.ts'
import { policyFor } from './policies/service.ts'
import { providerAccounts } from './providers/service.ts'
import type { Journal } from './usage/service.ts'

/** What the gateway asks of the console, answered in process. A fault of the storage is said as one, never as a "no". */
export function gatewayContract(base: Base, journal: Journal, issuer: () => TokenIssuer): GatewayContract {
  const guarded = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask()
    } catch (error) {
      throw asFailure(error)
    }
  }
  return {
    tokenIssuer: async () => issuer(),
    policyFor: organizationId => guarded(() => policyFor(base, organizationId)),
    providerAccounts: organizationId => guarded(() => providerAccounts(base, organizationId)),
    revocationsSince: sequence => base.revocations.since(sequence),
    recordUsage: row => journal.record(row),
    resolveKey: sha256 =>
      guarded(async () => {
        const key = await findLiveKey(base, sha256)
        if (key === undefined) return null
        const member = await findMember(base, key.organization_id, key.person_id)
        const means = { kind: 'key', keyKind: key.kind } as const
        if (member === undefined || authorize(member.role, means, 'models:call') !== undefined) return null
        await touchKey(base, key)
        return {
          organizationId: key.organization_id,
          personId: key.person_id,
          sessionId: null,
          keyId: key.id,
          keyKind: key.kind,
          expiresAt: key.expires_at,
        }
      }),
  }
}
