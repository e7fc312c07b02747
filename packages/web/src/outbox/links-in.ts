export type Part = { at: number; text: string; href?: string }

/**
 * A mail's text in parts, its links to this console as links. Links to anywhere else stay text: a mail page must not
 * lead out.
 */
export function linksIn(text: string, origin: string): Part[] {
  const parts: Part[] = []
  let at = 0
  for (const found of text.matchAll(/https?:\/\/[^\s<>"]+/g)) {
    const href = found[0]
    if (!href.startsWith(`${origin}/`)) continue
    if (found.index > at) parts.push({ at, text: text.slice(at, found.index) })
    parts.push({ at: found.index, text: href, href })
    at = found.index + href.length
  }
  if (at < text.length) parts.push({ at, text: text.slice(at) })
  return parts
}
