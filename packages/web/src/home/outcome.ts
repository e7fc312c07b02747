import type { ItemOf } from '../api/answers.ts'
import type { Tone } from '../tables/Status.tsx'

export type Call = ItemOf<'usage', 'list'>

/** How a call ended, in words, and whether that is what people wish for. */
export const outcomes: Record<Call['outcome'], { title: string; tone: Tone }> = {
  complete: { title: 'Complete', tone: 'good' },
  client_abort: { title: 'Stopped by the agent', tone: 'calm' },
  provider_cut: { title: 'Broken off by the provider', tone: 'bad' },
  refused: { title: 'Refused', tone: 'warning' },
  timeout: { title: 'Timed out', tone: 'bad' },
}

export const endpoints: Record<Call['endpoint'], string> = {
  messages: 'Messages',
  count_tokens: 'Count tokens',
}
