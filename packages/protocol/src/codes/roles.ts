/** Roles of a member. The wire name of the role shown as "Claude Code" is `claude_code_user`. */
export const roles = [
  'owner',
  'admin',
  'billing',
  'developer',
  'claude_code_user',
  'user',
  'managed',
] as const

export type Role = (typeof roles)[number]

/** What people read. */
export const roleTitles: Record<Role, string> = {
  owner: 'Owner',
  admin: 'Admin',
  billing: 'Billing',
  developer: 'Developer',
  claude_code_user: 'Claude Code (coding-agent keys only)',
  user: 'User',
  managed: 'Managed',
}
