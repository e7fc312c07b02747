import type { Base } from '../base/base.ts'
import type { Handle } from '../base/database.ts'
import { erase, membersOf } from './chain.ts'
import { lockChain } from './chain-queries.ts'
import type { AuditRow } from './queries.ts'

/** Members of `details` that say something of the person a line is about, whatever the event. */
const personalDetails = ['address', 'email', 'person', 'user_agent']
/** Events whose names are the person's own words ("Ada's laptop"), unlike an organisation's or a provider's. */
const ownNames = /^(keys|sign_in)\./
const nameDetails = ['name', 'from', 'to']

/**
 * The values of a line that tell of a person, by their names in the chain; none where the line is not about them. What a
 * person did loses who, by what and from where; what was done to them loses whom.
 */
export function personalValues(row: AuditRow, personId: string): Set<string> {
  const own = row.actor_id === personId
  const names = own ? ['actor_id', 'actor_by', 'address'] : []
  if (row.target_id === personId) names.push('target_id')
  const members = membersOf(row.details) ?? []
  const named = members.filter(([, value]) => value === personId).map(([name]) => name)
  if (names.length === 0 && named.length === 0) return new Set()
  const personal = [...personalDetails, ...named, ...(own && ownNames.test(row.event) ? nameDetails : [])]
  return new Set([...names, ...personal.map(name => `details.${name}`)])
}

/** Most lines looked at in one transaction. */
const page = 1000

/**
 * Takes a person out of the audit: their values in every line go, with the salts; the commitments stay, so that each
 * organisation's chain still verifies. The caller says in a line of its own that somebody was erased, and deletes the
 * person's other rows. Joins an open transaction; without one each page is its own, and a second run finishes what a crash
 * left.
 *
 * @returns how many lines lost a value
 */
export async function forgetLines(base: Base, personId: string): Promise<number> {
  const organizations = await base.database
    .handle()
    .selectFrom('audit_lines')
    .select('organization_id')
    .distinct()
    .execute()
  let erased = 0
  for (const { organization_id } of organizations) {
    let after = ''
    let last: string | undefined
    do {
      last = await lastOfPage(base.database.handle(), organization_id, after)
      erased += await forgetPage(base, organization_id, personId, after, last)
      after = last ?? after
    } while (last !== undefined)
  }
  return erased
}

const ofOrganization = (handle: Handle, organizationId: string, after: string) =>
  handle
    .selectFrom('audit_lines')
    .where('organization_id', '=', organizationId)
    .where('id', '>', after)
    .orderBy('id')

async function lastOfPage(handle: Handle, organizationId: string, after: string) {
  const row = await ofOrganization(handle, organizationId, after)
    .select('id')
    .limit(1)
    .offset(page - 1)
    .executeTakeFirst()
  return row?.id
}

/** One page, up to and with `last`; without it, to the end. */
async function forgetPage(
  base: Base,
  organizationId: string,
  personId: string,
  after: string,
  last: string | undefined,
): Promise<number> {
  return await base.database.transaction(async handle => {
    // A sealer that has read a line must not commit to what is erased before it writes.
    await lockChain(handle, organizationId)
    const lines = ofOrganization(handle, organizationId, after)
      .selectAll()
      .where(({ or, eb }) =>
        or([
          eb('actor_id', '=', personId),
          eb('target_id', '=', personId),
          eb('details', 'like', `%${personId}%`),
        ]),
      )
    const rows = await (last === undefined ? lines : lines.where('id', '<=', last)).execute()
    let erased = 0
    for (const row of rows) {
      const columns = erase(row, personalValues(row, personId))
      if (columns === undefined) continue
      await handle.updateTable('audit_lines').set(columns).where('id', '=', row.id).execute()
      erased++
    }
    return erased
  })
}
