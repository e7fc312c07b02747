import type { Command } from './command.ts'

/** Every verb of `latch`, in the order of `latch --help`. Each is loaded when it is used. */
export const commands = {
  login: async () => (await import('./commands/login/login.ts')).login,
  token: async () => (await import('./commands/token/token.ts')).token,
  status: async () => (await import('./commands/status/status.ts')).status,
  exec: async () => (await import('./commands/exec/exec.ts')).exec,
  logout: async () => (await import('./commands/logout/logout.ts')).logout,
  explain: async () => (await import('./commands/explain/explain.ts')).explain,
} satisfies Record<string, () => Promise<Command>>

export type Verb = keyof typeof commands

export const isVerb = (word: string): word is Verb => Object.hasOwn(commands, word)
