/**
 * Whether a row has every word of a search, wherever in its texts, in any case.
 *
 * @example
 * matches('ada lap', ['Laptop', 'ada@acme.test']) // true
 */
export function matches(search: string, texts: readonly (string | null | undefined)[]): boolean {
  const text = texts.filter(Boolean).join('\n').toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every(word => text.includes(word))
}
