import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { filesBelow } from '../repository.ts'

const code = /^(```|~~~)[\s\S]*?^\1[^\n]*$|`[^`\n]*`/gm

/** The anchor GitHub gives a heading. */
const anchor = (heading: string) =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
    .replaceAll(' ', '-')

function anchorsOf(markdown: string): Set<string> {
  const seen = new Map<string, number>()
  const anchors = new Set<string>()
  for (const [, heading = ''] of markdown
    .replace(/^(```|~~~)[\s\S]*?^\1[^\n]*$/gm, '')
    .matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const plain = anchor(heading)
    const times = seen.get(plain) ?? 0
    seen.set(plain, times + 1)
    anchors.add(times === 0 ? plain : `${plain}-${times}`)
  }
  for (const [, id = ''] of markdown.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(id)
  return anchors
}

/** Relative links and pictures in one page that lead nowhere, with the anchors of Markdown pages. */
function brokenIn(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const prose = text.replace(code, '')
  const inline = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)].map(
    match => match[1] ?? '',
  )
  const references = [...prose.matchAll(/^\s*\[[^\]]+\]:\s+<?([^\s>]+)>?/gm)].map(match => match[1] ?? '')
  const html = [...prose.matchAll(/\b(?:src|href)="([^"]+)"/g)].map(match => match[1] ?? '')
  return [...inline, ...references, ...html].filter(link => {
    if (/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(link)) return false
    const [target = '', fragment] = link.split('#')
    const full =
      target === '' ? file : path.resolve(path.dirname(file), decodeURI(target.replace(/\?.*$/, '')))
    if (!existsSync(full)) return true
    return (
      fragment !== undefined &&
      full.endsWith('.md') &&
      !anchorsOf(readFileSync(full, 'utf8')).has(fragment.toLowerCase())
    )
  })
}

/** Broken relative links in the Markdown of the root, docs/, packages/ and examples/. */
export function brokenLinks(root: string): string[] {
  const pages = [
    ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'].map(name => path.join(root, name)),
    ...['docs', 'packages', 'examples'].flatMap(folder => filesBelow(path.join(root, folder))),
  ].filter(file => file.endsWith('.md') && existsSync(file))
  return pages.flatMap(file =>
    brokenIn(file).map(link => `${path.relative(root, file)}: ${link} leads nowhere`),
  )
}
