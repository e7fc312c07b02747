import { change, system } from '../audit/service.ts'
import type { Base } from '../base/base.ts'
import type { Journal } from './journal.ts'
import type { CallRow } from './queries.ts'
import { selectCallsAfter } from './queries.ts'

export type { Journal } from './journal.ts'
export { openJournal } from './journal.ts'
export { openPostgresJournal } from './postgres-journal.ts'

/** Most calls whose audit lines are written in one transaction: it must stay short. */
const chunk = 200

const job = 'usage-audit'

/**
 * Writes the audit line of every call that has none yet, from the durable journal; how far it came is in the same
 * transaction, so that after a crash no call is left out and none is written twice.
 *
 * @returns whether there may be more to write
 */
export async function auditCalls(base: Base, journal: Journal): Promise<boolean> {
  if (!(await anyToAudit(base, journal))) return false
  return await base.database.transaction(async handle => {
    // The update changes nothing: it takes the row's lock, so that two processes never write the same lines.
    const row = await handle
      .insertInto('positions')
      .values({ job, position: 0 })
      .onConflict(conflict => conflict.column('job').doUpdateSet({ job }))
      .returning('position')
      .executeTakeFirst()
    const calls = await selectCallsAfter(journal.reader, row?.position ?? 0, chunk)
    const last = calls.at(-1)
    if (last === undefined) return false
    for (const call of calls) await auditCall(base, call)
    await handle.updateTable('positions').set({ position: last.sequence }).where('job', '=', job).execute()
    return calls.length === chunk
  })
}

/** Asked first, since the lock is a write and most of the time there is nothing. */
async function anyToAudit(base: Base, journal: Journal): Promise<boolean> {
  const handle = base.database.handle()
  const row = await handle
    .selectFrom('positions')
    .select('position')
    .where('job', '=', job)
    .executeTakeFirst()
  return (await selectCallsAfter(journal.reader, row?.position ?? 0, 1)).length > 0
}

async function auditCall(base: Base, call: CallRow): Promise<void> {
  const actor = {
    ...system(call.organization_id),
    type: 'user' as const,
    personId: call.person_id,
    by: call.session_id ?? call.key_id,
    address: call.address,
    requestId: call.request_id,
  }
  await change(base, actor, 'usage.recorded', async (_handle, line) => {
    line.target('call', call.id)
    line.details({
      model: call.model,
      endpoint: call.endpoint,
      status: call.status,
      outcome: call.outcome,
      input_tokens: call.input_tokens,
      output_tokens: call.output_tokens,
    })
  })
}
