import type { Permission } from '@latchstring/protocol/codes/permissions'
import type { Role } from '@latchstring/protocol/codes/roles'
import { permissionsOf } from '@latchstring/protocol/decide/authorize'
import { expect, test } from 'vitest'
import { kindsAllowed, lifeSeconds } from './kinds.ts'

const mayAs = (role: Role) => (permission: Permission) =>
  permissionsOf(role, { kind: 'web' }).includes(permission)

test.each([
  ['claude_code_user', ['coding_agent']],
  ['developer', ['coding_agent', 'api']],
  ['owner', ['coding_agent', 'api', 'admin']],
  ['billing', []],
] as const)('role %s is offered %j', (role, kinds) => {
  expect(kindsAllowed(mayAs(role)).map(kind => kind.value)).toEqual(kinds)
})

test('lives are sent in seconds, and never as null', () => {
  expect(lifeSeconds('30', 1)).toBe(2_592_000)
  expect(lifeSeconds('custom', 7)).toBe(604_800)
  expect(lifeSeconds('never', 7)).toBeNull()
})
