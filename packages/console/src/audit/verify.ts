import type { Base } from '../base/base.ts'
import { selectHeads, selectOrganizations } from './chain-queries.ts'
import type { Head } from './heads.ts'
import { readHead, readKeys } from './heads.ts'
import type { ChainReport } from './walk.ts'
import { walkChain } from './walk.ts'

/** A head that is not what this server signed for today's chain. */
export type HeadReport = { where: string; organization: string | null; sequence: number | null; what: string }

export type AuditReport = {
  whole: boolean
  organizations: ChainReport[]
  /** Heads held against the chains: those of the database and those given. */
  heads: number
  headFaults: HeadReport[]
  /** Rows of `audit_keys` that do not open under the master key: not made by this server, or damaged. */
  foreignKeys: string[]
}

type Claim = { where: string; head: Head }

/**
 * Recomputes every organisation's chain and holds every signed head against it: those in the database, and those that were
 * stored elsewhere.
 *
 * @param stored the lines of a heads file: a JSON object with `jws`, or the JWS alone; empty lines count for nothing
 */
export async function verifyAudit(base: Base, stored: readonly string[] = []): Promise<AuditReport> {
  const handle = base.database.handle()
  const { keys, foreign } = await readKeys(base, handle)
  const known = new Set(keys.map(key => key.kid))
  const headFaults: HeadReport[] = []
  const claims: Claim[] = []
  const take = (where: string, jws: string, beside: Partial<Head>) => {
    const read = readHead(jws)
    const fault = (what: string, head?: Head) =>
      headFaults.push({
        where,
        organization: head?.organization ?? null,
        sequence: head?.sequence ?? null,
        what,
      })
    if (read === 'malformed') return fault('it is no signed head')
    if (read === 'signature') return fault('its signature is wrong')
    const { head, kid } = read
    if (!known.has(kid)) return fault(`its key ${kid} is none of this server’s`, head)
    if (
      Object.entries(beside).some(
        ([name, value]) => value !== undefined && head[name as keyof Head] !== value,
      )
    ) {
      return fault('what stands beside the signature is not what was signed', head)
    }
    return claims.push({ where, head })
  }
  for (const row of await selectHeads(handle)) {
    const at = new Date(row.at).toISOString()
    const beside = { organization: row.organization_id, sequence: row.sequence, hash: row.chain_hash, at }
    take(`database ${row.id}`, row.jws, beside)
  }
  for (const [index, line] of stored.entries()) {
    if (line.trim() === '') continue
    const { jws, ...beside } = readStored(line)
    take(`line ${index + 1}`, jws, beside)
  }
  const claimed = Map.groupBy(claims, claim => claim.head.organization)
  const organizations: ChainReport[] = []
  for (const organization of new Set([...(await selectOrganizations(handle)), ...claimed.keys()])) {
    const judge = judgeHeads(claimed.get(organization) ?? [], headFaults)
    const report = await walkChain(handle, organization, judge.visit)
    judge.end(report)
    organizations.push(report)
  }
  return {
    whole: organizations.every(one => one.fault === null) && headFaults.length === 0 && foreign.length === 0,
    organizations,
    heads: claims.length,
    headFaults,
    foreignKeys: foreign,
  }
}

function readStored(line: string): { jws: string } & Partial<Head> {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null) return { jws: '' }
    const { jws, organization, sequence, hash, at } = value as Record<string, unknown>
    return { jws: String(jws), organization, sequence, hash, at } as { jws: string } & Partial<Head>
  } catch {
    return { jws: line.trim() }
  }
}

/** Holds one organisation's heads against its chain while that is walked. */
function judgeHeads(claims: readonly Claim[], faults: HeadReport[]) {
  const open = Map.groupBy(claims, claim => claim.head.sequence)
  const fault = ({ where, head }: Claim, what: string) =>
    faults.push({ where, organization: head.organization, sequence: head.sequence, what })
  return {
    visit(sequence: number, hash: string) {
      for (const claim of open.get(sequence) ?? []) {
        if (claim.head.hash !== hash) {
          fault(
            claim,
            `signed ${claim.head.at}: the chain had another hash there; what it says now is not what it said then`,
          )
        }
      }
      open.delete(sequence)
    },
    /** Heads beyond a broken line cannot be judged; beyond a whole chain they show that it was cut. */
    end(report: ChainReport) {
      if (report.fault !== null) return
      for (const claim of [...open.values()].flat()) {
        fault(claim, `signed ${claim.head.at}: the chain had come that far, and ends at ${report.lines} now`)
      }
    },
  }
}
