import type { ItemOf } from '../api/answers.ts'

export type LiveSession = ItemOf<'sessions', 'list'>

export const kindTitles: Record<LiveSession['kind'], string> = { web: 'Browser', agent: 'Agent' }
