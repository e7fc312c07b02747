import type { Handle } from '../base/database.ts'
import { firstHash, hashLine, LineError } from './chain.ts'
import { countLines, selectChain, selectSealed } from './chain-queries.ts'
import type { AuditRow } from './queries.ts'

/** The first place of a chain that is not as it was sealed. */
export type ChainFault = {
  sequence: number
  /** null: no such line is there. */
  id: string | null
  what: string
}

/** One organisation's chain, recomputed. `lines` and `hash` go as far as it is whole. */
export type ChainReport = {
  organization: string
  lines: number
  unsealed: number
  /** Lines some of whose values were erased: what they were is not known any more, that they were is. */
  erased: number
  hash: string
  fault: ChainFault | null
}

const page = 500

/**
 * Recomputes a chain from its first line and stops where it breaks. Reads beside a running sealer: what is sealed while it
 * walks, it walks too.
 *
 * @param visit told of each good line's place and hash
 */
export async function walkChain(
  handle: Handle,
  organization: string,
  visit: (sequence: number, hash: string) => void,
): Promise<ChainReport> {
  let [sequence, hash, erased] = [0, firstHash, 0]
  const report = async (fault: ChainFault | null): Promise<ChainReport> => {
    const { sealed, unsealed } = await countLines(handle, organization, sequence)
    const twice = { sequence, id: null, what: `${sealed} lines stand at its first ${sequence} places` }
    const found = fault ?? (sealed === sequence ? null : twice)
    return { organization, lines: sequence, unsealed, erased, hash, fault: found }
  }
  for (;;) {
    let rows = await selectSealed(handle, organization, sequence, page)
    if (rows.length === 0) {
      const end = await judgeEnd(handle, organization, sequence, hash)
      if (end !== 'grown') return await report(end ?? null)
      rows = await selectSealed(handle, organization, sequence, page)
      if (rows.length === 0) return await report(missing(sequence + 1, undefined))
    }
    for (const row of rows) {
      const judged = judgeLine(hash, sequence + 1, row)
      if (typeof judged !== 'string') return await report(await explain(handle, hash, judged, row))
      hash = judged
      sequence++
      if (row.erased !== null) erased++
      visit(sequence, hash)
    }
  }
}

const missing = (sequence: number, next: AuditRow | undefined): ChainFault => ({
  sequence,
  id: null,
  what:
    next === undefined
      ? 'the line is missing, and all after it'
      : `the line is missing; the next one there is ${next.id}, at ${next.sequence}`,
})

/** Its hash, or what is wrong with it. */
function judgeLine(previous: string, sequence: number, row: AuditRow): string | ChainFault {
  if (row.sequence !== sequence) return missing(sequence, row)
  try {
    const hash = hashLine(previous, row)
    return hash === row.chain_hash
      ? hash
      : { sequence, id: row.id, what: 'its values do not give its chain_hash' }
  } catch (error) {
    if (!(error instanceof LineError)) throw error
    return { sequence, id: row.id, what: error.message }
  }
}

/** Tells an altered hash from altered values: the line after it was linked to what it was. */
async function explain(
  handle: Handle,
  previous: string,
  fault: ChainFault,
  row: AuditRow,
): Promise<ChainFault> {
  if (fault.id === null) return fault
  try {
    const hash = hashLine(previous, row)
    const [next] = await selectSealed(handle, row.organization_id, fault.sequence, 1)
    if (next !== undefined && hashLine(hash, next) === next.chain_hash) {
      return { ...fault, what: 'its chain_hash was altered; its values are those that were sealed' }
    }
  } catch (error) {
    if (!(error instanceof LineError)) throw error
  }
  return fault
}

/** Whether the chain's own row ends where its lines end. */
async function judgeEnd(
  handle: Handle,
  organization: string,
  sequence: number,
  hash: string,
): Promise<ChainFault | 'grown' | undefined> {
  const chain = await selectChain(handle, organization)
  if ((chain?.sequence ?? 0) > sequence) return 'grown'
  const fault = (what: string) => ({ sequence, id: null, what })
  if ((chain?.sequence ?? 0) !== sequence)
    return fault('audit_chains.sequence says less than there are lines')
  if ((chain?.chain_hash ?? firstHash) !== hash)
    return fault('audit_chains.chain_hash is not the last line’s')
  return undefined
}
