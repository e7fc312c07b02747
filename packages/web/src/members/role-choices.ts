import type { Role } from '@latchstring/protocol/codes/roles'
import { roles, roleTitles } from '@latchstring/protocol/codes/roles'
import { mayGrant } from '@latchstring/protocol/decide/authorize'
import type { ItemOf } from '../api/answers.ts'

export type Member = ItemOf<'members', 'list'>

/** What each role is for, in a sentence. */
export const roleSentences: Record<Role, string> = {
  owner: 'Everything, other owners included.',
  admin: 'Everything but the organisation itself and its owners.',
  billing: 'Sees members and usage, and pays.',
  developer: 'Connects agents, creates keys of any kind but admin, sees everybody’s usage.',
  claude_code_user: 'Connects agents and creates coding-agent keys.',
  user: 'Signs in and sees their own usage.',
  managed: 'As User; governed by another system.',
}

/** The roles that somebody may give. */
export const roleChoices = (granter: Role) =>
  roles.filter(role => mayGrant(granter, role)).map(role => ({ value: role, label: roleTitles[role] }))
