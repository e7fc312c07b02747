import type { KeyKind, KeyStatus } from '@latchstring/protocol/codes/key-kinds'
import { keyKinds, keyKindTitles } from '@latchstring/protocol/codes/key-kinds'
import type { Permission } from '@latchstring/protocol/codes/permissions'
import { permissionToCreate } from '@latchstring/protocol/decide/authorize'
import type { ItemOf } from '../api/answers.ts'
import type { Tone } from '../tables/Status.tsx'

export type Key = ItemOf<'keys', 'list'>

/** What each kind of key may do, in a sentence. */
export const kindSentences: Record<KeyKind, string> = {
  coding_agent: 'For a coding agent on one machine or in one CI job: calls models, nothing else.',
  api: 'For programs of your own: calls models, nothing else.',
  admin: 'For scripts that administer: may do what your role allows, calling models included.',
}

/** The kinds that somebody with these permissions may create, least first. */
export const kindsAllowed = (may: (permission: Permission) => boolean) =>
  keyKinds
    .filter(kind => may(permissionToCreate(kind)))
    .map(kind => ({ value: kind, label: keyKindTitles[kind], sentence: kindSentences[kind] }))

export const kindTitles = keyKindTitles

export const statusTitles: Record<KeyStatus, { title: string; tone: Tone }> = {
  active: { title: 'Active', tone: 'good' },
  inactive: { title: 'Inactive', tone: 'warning' },
  expired: { title: 'Expired', tone: 'calm' },
  archived: { title: 'Archived', tone: 'calm' },
}

/** How long a new key lives. `custom` takes a number of days. */
export const lives = [
  { value: '90', label: '90 days' },
  { value: '30', label: '30 days' },
  { value: 'never', label: 'Never expires' },
  { value: 'custom', label: 'Another number of days' },
] as const

export type Life = (typeof lives)[number]['value']

/**
 * @example
 * lifeSeconds('30', 0) // 2_592_000
 * lifeSeconds('never', 0) // null
 */
export function lifeSeconds(life: Life, customDays: number): number | null {
  if (life === 'never') return null
  return (life === 'custom' ? customDays : Number(life)) * 86_400
}

/** What to do with a new key's secret. */
export function nextStep(kind: KeyKind, origin: string): { words: string; code: string } {
  if (kind === 'admin')
    return {
      words: 'Keep it in your script’s secret store and send it in x-api-key:',
      code: `curl ${origin}/v1/organizations/me -H "x-api-key: $LATCHSTRING_ADMIN_KEY"`,
    }
  return {
    words:
      kind === 'api'
        ? 'Keep it in your program’s secret store, as ANTHROPIC_API_KEY, and give it this server’s address:'
        : 'Store it where the agent runs, as the secret ANTHROPIC_API_KEY, and give it this server’s address:',
    code: `export ANTHROPIC_BASE_URL=${origin}`,
  }
}
