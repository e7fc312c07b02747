import type { Answer } from '../api/answers.ts'

export type Provider = Answer<'providers', 'list'>['data'][number]

export const kindTitles: Record<Provider['kind'], string> = {
  sandbox: 'Sandbox',
  anthropic: 'Anthropic',
}
