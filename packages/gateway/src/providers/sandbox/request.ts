import type { Call } from '../../provider.ts'
import { countTokens } from './tokens.ts'

export type Tool = { name: string; input_schema: unknown }

/** What the sandbox understands of a Messages request. */
export type SandboxRequest = {
  model: string
  stream: boolean
  maxTokens: number
  stopSequences: readonly string[]
  tools: readonly Tool[]
  /** `none`: no tool may be used; a name: that one must be. */
  toolChoice: { type: 'auto' | 'any' | 'none' } | { type: 'tool'; name: string }
  /** The last words of the person, '' where there are none. */
  words: string
  /** Names the tool whose result the last message brings. */
  toolResult: string | null
  inputTokens: number
}

type Json = Readonly<Record<string, unknown>>

const record = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** @returns a sentence in the published form where a field is missing or has another type */
export function understandRequest({ json, model, stream, endpoint }: Call): SandboxRequest | string {
  const messages = json['messages']
  if (!Array.isArray(messages)) return 'messages: Field required'
  if (messages.length === 0) return 'messages: at least one message is required'
  const maxTokens = endpoint === 'count_tokens' ? 1 : json['max_tokens']
  if (maxTokens === undefined) return 'max_tokens: Field required'
  if (typeof maxTokens !== 'number' || !Number.isInteger(maxTokens) || maxTokens < 1)
    return 'max_tokens: Input should be greater than or equal to 1'
  return {
    model,
    stream,
    maxTokens,
    stopSequences: list(json['stop_sequences']).filter(isText),
    tools: list(json['tools']).map(record).filter(isTool),
    toolChoice: choiceOf(record(json['tool_choice'])),
    words: wordsOf(messages),
    toolResult: toolResultOf(record(messages.at(-1)), messages),
    inputTokens: countTokens(json),
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

const isTool = (tool: Json): tool is Json & Tool => typeof tool['name'] === 'string'

function choiceOf({ type, name }: Json): SandboxRequest['toolChoice'] {
  if (type === 'tool' && typeof name === 'string') return { type, name }
  return { type: type === 'any' || type === 'none' ? type : 'auto' }
}

/** The last text of the last message that the person wrote. */
function wordsOf(messages: readonly unknown[]): string {
  const last = messages.map(record).findLast(({ role }) => role === 'user')
  const content = last?.['content']
  if (typeof content === 'string') return content
  const text = list(content)
    .map(record)
    .findLast(({ type }) => type === 'text')?.['text']
  return typeof text === 'string' ? text : ''
}

function toolResultOf(last: Json, messages: readonly unknown[]): string | null {
  const result = list(last['content'])
    .map(record)
    .findLast(({ type }) => type === 'tool_result')
  if (result === undefined) return null
  const use = messages
    .flatMap(message => list(record(message)['content']).map(record))
    .findLast(({ type, id }) => type === 'tool_use' && id === result['tool_use_id'])
  return typeof use?.['name'] === 'string' ? use['name'] : 'the tool'
}
