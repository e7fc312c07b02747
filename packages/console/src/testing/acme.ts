import type { Role } from '@latchstring/protocol/codes/roles'
import type { Actor } from '../audit/service.ts'
import { operator } from '../audit/service.ts'
import type { TestBase } from '../base/testing/base.ts'
import type { Member } from '../members/service.ts'
import { addMember } from '../members/service.ts'
import { createOrganization } from '../organizations/service.ts'

/** An organisation with one member of each role asked for, each `<role>@acme.test`. */
export async function makeAcme<R extends Role>(
  base: TestBase,
  roles: readonly R[],
): Promise<{ id: string; operator: Actor; members: Record<R, Member> }> {
  const { id } = await createOrganization(base, 'Acme')
  const members = {} as Record<R, Member>
  for (const role of roles) {
    members[role] = await addMember(base, operator(id), null, { email: `${role}@acme.test`, role })
  }
  return { id, operator: operator(id), members }
}

export const auditEvents = async (base: TestBase): Promise<string[]> =>
  (await base.database.handle().selectFrom('audit_lines').select('event').orderBy('id').execute()).map(
    row => row.event,
  )
