/** What a pasted text holds. `redirectUri` is null where the text is the console's `code.state`. */
export type PastedCode = { code: string; state: string; redirectUri: string | null }

/**
 * Reads what a person pasted: `code.state` as the console's paste page shows it, or a whole address out of the
 * browser's bar, of that page or of the callback that could not be loaded.
 *
 * @example
 * readPastedCode('Zx8.r4nd0m') // { code: 'Zx8', state: 'r4nd0m', redirectUri: null }
 */
export function readPastedCode(pasted: string): PastedCode | undefined {
  const text = pasted.trim()
  if (/^https?:\/\//i.test(text)) {
    if (!URL.canParse(text)) return undefined
    const url = new URL(text)
    const code = url.searchParams.get('code')
    const state = url.searchParams.get('state')
    return code && state ? { code, state, redirectUri: url.origin + url.pathname } : undefined
  }
  const dot = text.lastIndexOf('.')
  if (dot <= 0 || dot === text.length - 1 || /\s/.test(text)) return undefined
  return { code: text.slice(0, dot), state: text.slice(dot + 1), redirectUri: null }
}
