import { hash } from 'node:crypto'
import { exampleInput } from './example-input.ts'
import type { SandboxRequest, Tool } from './request.ts'
import { tokensOf } from './tokens.ts'

export type Block =
  | { type: 'text'; text: string }
  | { type: 'tool_use'; id: string; name: string; input: Record<string, unknown> }

/** A Messages reply in the published shape. */
export type Message = {
  id: string
  type: 'message'
  role: 'assistant'
  model: string
  content: Block[]
  stop_reason: 'end_turn' | 'max_tokens' | 'stop_sequence' | 'tool_use'
  stop_sequence: string | null
  usage: {
    input_tokens: number
    cache_creation_input_tokens: number
    cache_read_input_tokens: number
    output_tokens: number
  }
}

const longestEcho = 400

/**
 * The sandbox's answer: the same request always gets the same one.
 *
 * @param body the request as it came; its hash makes the ids
 */
export function replyTo(request: SandboxRequest, body: Buffer): Message {
  const id = hash('sha256', body, 'hex').slice(0, 24)
  const tool = toolFor(request)
  if (tool !== undefined) return toolReply(request, tool, id)
  const cut = cutText(textFor(request), request)
  return messageOf(request, id, [{ type: 'text', text: cut.text }], cut, tokensOf(cut.text))
}

/** The tool that is asked for: by the request, by the words `use tool <name>`, or by the model `sandbox-tools`. */
export function toolFor(request: SandboxRequest): Tool | undefined {
  const { tools, toolChoice, toolResult, words, model } = request
  if (toolChoice.type === 'none') return undefined
  if (toolChoice.type === 'tool') return tools.find(({ name }) => name === toolChoice.name)
  if (toolChoice.type === 'any') return tools[0]
  if (toolResult !== null) return undefined
  const named = /\buse tool ([A-Za-z0-9_-]+)/i.exec(words)?.[1]
  if (named !== undefined) return tools.find(({ name }) => name === named)
  return model === 'sandbox-tools' ? tools[0] : undefined
}

function textFor({ toolResult, words }: SandboxRequest): string {
  const opening = 'This is the Latchstring sandbox: no model was asked.'
  if (toolResult !== null) return `${opening} The result of ${toolResult} has arrived.`
  if (words === '') return `${opening} Your message holds no text.`
  const echo = [...words.slice(0, 2 * longestEcho)].slice(0, longestEcho).join('')
  return `${opening} You said: ${echo}${echo.length < words.length ? '…' : ''}`
}

type Cut = { text: string; stop_reason: Message['stop_reason']; stop_sequence: string | null }

/** Ends a text at the first stop sequence or at `max_tokens`, whichever comes first. */
export function cutText(text: string, { stopSequences, maxTokens }: Ends): Cut {
  const stops = stopSequences
    .map(sequence => ({ sequence, at: text.indexOf(sequence) }))
    .filter(({ at }) => at !== -1)
    .sort((one, other) => one.at - other.at)
  const stop = stops[0]
  const before = stop === undefined ? text : text.slice(0, stop.at)
  const short = firstTokens(before, maxTokens)
  if (short.length < before.length) return { text: short, stop_reason: 'max_tokens', stop_sequence: null }
  if (stop === undefined) return { text: before, stop_reason: 'end_turn', stop_sequence: null }
  return { text: before, stop_reason: 'stop_sequence', stop_sequence: stop.sequence }
}

type Ends = Pick<SandboxRequest, 'stopSequences' | 'maxTokens'>

/** As many whole characters as fit into `tokens` of four bytes. */
function firstTokens(text: string, tokens: number): string {
  let bytes = tokens * 4
  let end = 0
  for (const character of text) {
    bytes -= Buffer.byteLength(character)
    if (bytes < 0) break
    end += character.length
  }
  return text.slice(0, end)
}

function toolReply(request: SandboxRequest, tool: Tool, id: string): Message {
  const input = exampleInput(tool.input_schema)
  const outputTokens = tokensOf(tool.name + JSON.stringify(input))
  if (outputTokens > request.maxTokens) {
    const stop = { stop_reason: 'max_tokens' as const, stop_sequence: null }
    return messageOf(request, id, [], stop, request.maxTokens)
  }
  const block: Block = { type: 'tool_use', id: `toolu_${id}`, name: tool.name, input }
  return messageOf(request, id, [block], { stop_reason: 'tool_use', stop_sequence: null }, outputTokens)
}

function messageOf(
  { model, inputTokens }: SandboxRequest,
  id: string,
  content: Block[],
  { stop_reason, stop_sequence }: Omit<Cut, 'text'>,
  outputTokens: number,
): Message {
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason,
    stop_sequence,
    usage: {
      input_tokens: inputTokens,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: outputTokens,
    },
  }
}
