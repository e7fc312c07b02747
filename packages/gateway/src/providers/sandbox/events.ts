import type { Block, Message } from './reply.ts'

/** Characters in one delta. */
const deltaLength = 24

type Event = { type: string } & Record<string, unknown>

/** The published stream of a message: start, each block in deltas, closing usage, stop. */
export function eventsOf(message: Message): Buffer[] {
  const start: Event = {
    type: 'message_start',
    message: {
      ...message,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...message.usage, output_tokens: 1 },
    },
  }
  const end: Event = {
    type: 'message_delta',
    delta: { stop_reason: message.stop_reason, stop_sequence: message.stop_sequence },
    usage: { output_tokens: message.usage.output_tokens },
  }
  const blocks = message.content.flatMap(blockEvents)
  return [start, ...blocks, end, { type: 'message_stop' }].map(frame)
}

function blockEvents(block: Block, index: number): Event[] {
  const content_block = block.type === 'text' ? { ...block, text: '' } : { ...block, input: {} }
  const deltas =
    block.type === 'text'
      ? pieces(block.text).map(text => ({ type: 'text_delta', text }))
      : ['', ...pieces(JSON.stringify(block.input))].map(partial_json => ({
          type: 'input_json_delta',
          partial_json,
        }))
  return [
    { type: 'content_block_start', index, content_block },
    ...(index === 0 ? [{ type: 'ping' }] : []),
    ...deltas.map(delta => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ]
}

/** Cut between characters, never within one. */
function pieces(text: string): string[] {
  const characters = [...text]
  const all: string[] = []
  for (let i = 0; i < characters.length; i += deltaLength) {
    all.push(characters.slice(i, i + deltaLength).join(''))
  }
  return all
}

const frame = (event: Event) => Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
