/**
 * A stream in the recorded shape that tries to be misread: thinking, a citation, a tool input and a text that look like
 * usage, CRLF and LF, comments, an event in two data lines, characters of four bytes, an unknown event.
 */
export function recordedStream() {
  const trap = JSON.stringify({
    type: 'message_delta',
    usage: { output_tokens: 999_999, input_tokens: 888_888 },
  })
  const events = [
    `event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-5-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":25,"cache_creation_input_tokens":300,"cache_read_input_tokens":4000,"cache_creation":{"ephemeral_5m_input_tokens":100,"ephemeral_1h_input_tokens":200},"output_tokens":1,"service_tier":"standard"}}}\n\n`,
    ': a comment with "usage":{"output_tokens":777777}\n\n',
    'event: content_block_start\r\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}\r\n\r\n',
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"h\u00e9 \u{1f600} \\ud83d\\ude00"}}\n\n',
    'event: ping\ndata: {"type": "ping"}\n\n',
    `event: content_block_delta\ndata: ${JSON.stringify({ type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: trap } })}\n\n`,
    `event: content_block_delta\ndata: ${JSON.stringify({ type: 'content_block_delta', index: 2, delta: { type: 'text_delta', text: `event: message_delta\ndata: ${trap}\n\nmessage_stop` } })}\n\n`,
    `event: content_block_start\ndata: ${JSON.stringify({ type: 'content_block_start', index: 3, content_block: { type: 'tool_use', id: 't', name: 'n', input: { usage: { output_tokens: 5_555_555 }, type: 'message_delta' } } })}\n\n`,
    'data: {"type":"message_delta","delta":{"stop_reason":null},\ndata: "usage":{"output_tokens":11}}\n\n',
    'event: message_delta\rdata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":42,"cache_read_input_tokens":null}}\r\r',
    'event: something_new\ndata: {"type":"something_new","usage":{"output_tokens":123456}}\n\n',
    'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  ]
  return {
    bytes: Buffer.from(events.join('')),
    counts: {
      inputTokens: 25,
      outputTokens: 42,
      cacheReadTokens: 4000,
      cacheWrite5mTokens: 100,
      cacheWrite1hTokens: 200,
    },
  }
}
