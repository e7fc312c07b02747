/** What an image or document counts, whatever its size. */
const tokensOfFile = 1000

/**
 * The sandbox's way of counting, the same for every model: all text of `system`, `messages` and `tools` (every string
 * value, at any depth) in UTF-8 bytes, divided by four, rounded up; an image or document given as data counts 1,000.
 *
 * @example
 * countTokens({ messages: [{ role: 'user', content: 'hello' }] }) // 3: "user" and "hello" are nine bytes
 */
export function countTokens(request: Readonly<Record<string, unknown>>): number {
  const open: unknown[] = [request['system'], request['messages'], request['tools']]
  let bytes = 0
  let files = 0
  // Not recursive: how deep a request nests is the sender's choice.
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value === 'string') bytes += Buffer.byteLength(value)
    else if (Array.isArray(value)) for (const item of value) open.push(item)
    else if (typeof value === 'object' && value !== null) {
      if ('type' in value && value.type === 'base64' && 'data' in value) files += 1
      else for (const item of Object.values(value)) open.push(item)
    }
  }
  return Math.max(1, Math.ceil(bytes / 4) + files * tokensOfFile)
}

/** The same rule for what the sandbox writes. */
export function tokensOf(text: string): number {
  return Math.max(1, Math.ceil(Buffer.byteLength(text) / 4))
}
