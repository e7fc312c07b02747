import type { ItemOf } from '../api/answers.ts'

export type Line = ItemOf<'audit', 'list'>

/** Who did it, as the table says it. */
export function actorName(actor: Line['actor']): string {
  if (actor.type === 'operator') return 'Operator on the host'
  if (actor.type === 'system') return 'The server'
  return actor.email ?? actor.id ?? 'Somebody unknown'
}

/** A line's details in one line: the values people gave. */
export function inShort(details: Line['details']): string {
  return Object.entries(details)
    .filter(([, value]) => value !== null && typeof value !== 'object')
    .map(([name, value]) => `${words(name)}: ${value}`)
    .join(', ')
}

/** A wire name as words: `expires_in_seconds` → `expires in seconds`. */
export const words = (name: string): string => name.replaceAll('_', ' ')

/** What an id in the search field stands for, by its prefix. */
export function whatIsSought(id: string): 'request_id' | 'user_id' | 'target_id' {
  if (id.trim().startsWith('req_')) return 'request_id'
  return id.trim().startsWith('user_') ? 'user_id' : 'target_id'
}
