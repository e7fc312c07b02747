import type { ItemOf } from '../api/answers.ts'

export type Call = ItemOf<'usage', 'list'>

/** How a call ended, in words, and whether that is what people wish for. */
export const outcomes: Record<Call['outcome'], { title: string; color: string }> = {
  complete: { title: 'Complete', color: 'latch' },
  client_abort: { title: 'Stopped by the agent', color: 'gray' },
  provider_cut: { title: 'Broken off by the provider', color: 'red' },
  refused: { title: 'Refused', color: 'orange' },
  timeout: { title: 'Timed out', color: 'red' },
}

export const endpoints: Record<Call['endpoint'], string> = {
  messages: 'Messages',
  count_tokens: 'Count tokens',
}
