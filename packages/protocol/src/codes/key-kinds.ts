/**
 * Kinds of key. The rule of the published console: role "Claude Code" may create coding-agent keys only,
 * "Developer" any key; admin keys belong to owners and admins.
 */
export const keyKinds = ['coding_agent', 'api', 'admin'] as const

export type KeyKind = (typeof keyKinds)[number]

export const keyKindTitles: Record<KeyKind, string> = {
  coding_agent: 'Coding agent',
  api: 'API',
  admin: 'Admin',
}

/** What a key may be: `expired` is told from its time, the others are stored. */
export const keyStatuses = ['active', 'inactive', 'archived', 'expired'] as const

export type KeyStatus = (typeof keyStatuses)[number]
