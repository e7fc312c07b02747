import type { KeyKind } from '../codes/key-kinds.ts'
import type { Permission } from '../codes/permissions.ts'
import { permissions } from '../codes/permissions.ts'
import type { Role } from '../codes/roles.ts'

/** What everybody in an organisation may do, whatever the role. */
const everyone: readonly Permission[] = [
  'organizations:read',
  'sessions:read_own',
  'sessions:end_own',
  'usage:read_own',
]

const codingAgent: readonly Permission[] = [
  ...everyone,
  'agents:connect',
  'models:call',
  'keys:read_own',
  'keys:write_own',
  'keys:create_coding_agent',
]

/**
 * The permission table. A role has what its row lists, nothing else.
 *
 * "Claude Code" creates coding-agent keys only, "Developer" any key of its own: the published rule.
 */
export const rolePermissions: Record<Role, readonly Permission[]> = {
  owner: permissions,
  admin: permissions.filter(p => p !== 'members:write_owners' && p !== 'organizations:write'),
  billing: [...everyone, 'members:read', 'usage:read', 'billing:read', 'billing:write'],
  developer: [...codingAgent, 'keys:create_any', 'usage:read'],
  claude_code_user: codingAgent,
  user: everyone,
  managed: everyone,
}

/** What a credential may do at most, whatever its owner may do: a key never reaches further than its kind. */
const codingAgentKey: readonly Permission[] = ['organizations:read', 'models:call', 'usage:read_own']

const keyKindPermissions: Record<KeyKind, readonly Permission[]> = {
  coding_agent: codingAgentKey,
  api: codingAgentKey,
  admin: permissions,
}

/** What an agent's session (an OAuth access token) may do at most: call models and say who it is. */
const agentSessionPermissions: readonly Permission[] = [
  'organizations:read',
  'models:call',
  'agents:connect',
  'sessions:read_own',
  'sessions:end_own',
  'usage:read_own',
]

/** How somebody came in. */
export type Means = { kind: 'web' } | { kind: 'agent' } | { kind: 'key'; keyKind: KeyKind }

export type Refusal = 'permission_denied' | 'key_kind_refused'

/**
 * Decides whether a member may do something by the means they came with. The role is the member's role now, so that a
 * key or session never outlives what its owner may do.
 *
 * @returns undefined when allowed, else the failure code
 * @example
 * authorize('developer', { kind: 'web' }, 'keys:create_any') // undefined: allowed
 * authorize('claude_code_user', { kind: 'web' }, 'keys:create_any') // 'permission_denied'
 */
export function authorize(role: Role, means: Means, permission: Permission): Refusal | undefined {
  if (!rolePermissions[role].includes(permission)) return 'permission_denied'
  if (means.kind === 'key' && !keyKindPermissions[means.keyKind].includes(permission))
    return 'key_kind_refused'
  if (means.kind === 'agent' && !agentSessionPermissions.includes(permission)) return 'permission_denied'
  return undefined
}

/** Everything a member may do by these means; the web shows and hides by it. */
export function permissionsOf(role: Role, means: Means): Permission[] {
  return rolePermissions[role].filter(permission => authorize(role, means, permission) === undefined)
}

/** The permission that creating a key of this kind takes. */
export function permissionToCreate(kind: KeyKind): Permission {
  if (kind === 'coding_agent') return 'keys:create_coding_agent'
  return kind === 'api' ? 'keys:create_any' : 'keys:create_admin'
}

/**
 * Whether one role may give, take or change another: nobody reaches above themselves, and owners are made and changed
 * by owners only.
 */
export function mayGrant(granter: Role, role: Role): boolean {
  const has = rolePermissions[granter]
  if (!has.includes('members:write')) return false
  if (role === 'owner') return has.includes('members:write_owners')
  return rolePermissions[role].every(permission => has.includes(permission))
}
