import { randomBytes } from 'node:crypto'
import type { Base } from '../base/base.ts'
import { hashLine } from './chain.ts'
import { lockChain, selectUnsealed, selectUnsealedOrganizations, updateSealed } from './chain-queries.ts'

/** Most lines in one transaction: other writers wait for it, about 10 ms. */
const chunk = 100

/**
 * Links lines that are in no chain yet into their organisation's, one chunk for each organisation. What one organisation's
 * lines cannot do (a row altered so that it has no encoding) holds up no other.
 *
 * @returns whether there may be more to link
 */
export async function sealLines(base: Base): Promise<boolean> {
  let more = false
  for (const organizationId of await selectUnsealedOrganizations(base.database.handle())) {
    try {
      if (await sealChunk(base, organizationId)) more = true
    } catch (error) {
      base.log.error({ organization: organizationId, error }, 'audit lines could not be sealed')
    }
  }
  return more
}

async function sealChunk(base: Base, organizationId: string): Promise<boolean> {
  return await base.database.transaction(async handle => {
    const chain = await lockChain(handle, organizationId)
    const lines = await selectUnsealed(handle, organizationId, chunk)
    if (lines.length === 0) return false
    let { sequence, chain_hash } = chain
    const sealed = lines.map(line => {
      const next = { ...line, sequence: ++sequence, salt: randomBytes(16).toString('hex'), erased: null }
      chain_hash = hashLine(chain_hash, next)
      return { ...next, chain_hash }
    })
    await updateSealed(handle, sealed)
    await handle
      .updateTable('audit_chains')
      .set({ sequence, chain_hash })
      .where('organization_id', '=', organizationId)
      .execute()
    return lines.length === chunk
  })
}
