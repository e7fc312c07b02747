/** Tokens as a usage row counts them. */
export type Counts = {
  input: number
  output: number
  cacheRead: number
  cacheWrite5m: number
  cacheWrite1h: number
}

type Usage = {
  input_tokens?: number
  output_tokens?: number
  cache_read_input_tokens?: number
  cache_creation?: { ephemeral_5m_input_tokens?: number; ephemeral_1h_input_tokens?: number }
}

/**
 * What a delivered reply says it cost, read by its receiver. null: its last byte has not arrived. Of a stream the last
 * byte is that of its closing event, whether or not the connection ended well after it.
 */
export function countsOfReply(text: string, stream: boolean): Counts | null {
  if (stream) return countsOfStream(text)
  try {
    return toCounts((JSON.parse(text) as { usage?: Usage }).usage ?? {})
  } catch {
    return null
  }
}

function countsOfStream(text: string): Counts | null {
  if (!text.endsWith('"message_stop"}\n\n')) return null
  let usage: Usage = {}
  for (const line of text.split('\n')) {
    if (!line.startsWith('data: ')) continue
    const event = JSON.parse(line.slice('data: '.length)) as { message?: { usage?: Usage }; usage?: Usage }
    usage = { ...usage, ...event.message?.usage, ...event.usage }
  }
  return toCounts(usage)
}

const toCounts = (usage: Usage): Counts => ({
  input: usage.input_tokens ?? 0,
  output: usage.output_tokens ?? 0,
  cacheRead: usage.cache_read_input_tokens ?? 0,
  cacheWrite5m: usage.cache_creation?.ephemeral_5m_input_tokens ?? 0,
  cacheWrite1h: usage.cache_creation?.ephemeral_1h_input_tokens ?? 0,
})
