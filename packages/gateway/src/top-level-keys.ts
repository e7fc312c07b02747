const quote = 0x22
const backslash = 0x5c

/**
 * Finds the first of `names` that stands twice as a key of the outermost object. Which of two equal keys counts is up to
 * each JSON reader (RFC 8259 §4): the one that the policy saw need not be the one that the provider obeys.
 *
 * @param text valid JSON, already parsed once, whose outermost value is an object
 * @example
 * repeatedKey('{"model":"a","mod\\u0065l":"b"}', ['model']) // 'model'
 */
export function repeatedKey(text: string, names: readonly string[]): string | null {
  const seen = new Set<string>()
  let depth = 0
  let keyComes = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === quote) {
      const end = endOfString(text, i)
      if (keyComes && depth === 1) {
        const raw = text.slice(i, end + 1)
        const key: unknown = raw.includes('\\') ? JSON.parse(raw) : raw.slice(1, -1)
        if (typeof key === 'string' && names.includes(key)) {
          if (seen.has(key)) return key
          seen.add(key)
        }
        keyComes = false
      }
      i = end
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1
      keyComes = depth === 1
    } else if (code === 0x7d || code === 0x5d) depth -= 1
    else if (code === 0x2c) keyComes = depth === 1
  }
  return null
}

/** The index of the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes += 1
    if (slashes % 2 === 0) return end
  }
  return text.length
}
