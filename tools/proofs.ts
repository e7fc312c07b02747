import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { at, root } from './repository.ts'

/** One figure of a proof: what was done, what came out, the limit it had to keep, and whether it did. */
export type Proof = { what: string; figure: string | number; limit: string | number; held: boolean }

const head = [
  '# Proofs',
  '',
  'Written by `./dev prove <area>`: what was tried at the full figures, and on which commit.',
  '',
  '| area | what | figure | limit | held | commit | date |',
  '|---|---|---|---|---|---|---|',
]

const cell = (value: string | number) => String(value).replaceAll('|', '\\|').replaceAll('\n', ' ')

/** The page with an area's rows replaced by new ones; areas stand in alphabetical order. */
export function withProofs(
  page: string,
  area: string,
  proofs: readonly Proof[],
  commit: string,
  date: string,
): string {
  const others = page
    .split('\n')
    .filter(line => line.startsWith('| ') && !line.startsWith('| area |') && !line.startsWith(`| ${area} |`))
  const own = proofs.map(
    ({ what, figure, limit, held }) =>
      `| ${area} | ${cell(what)} | ${cell(figure)} | ${cell(limit)} | ${held ? 'yes' : 'no'} | ${commit} | ${date} |`,
  )
  const areaOf = (line: string) => line.split('|')[1] ?? ''
  const rows = [...others, ...own].sort((a, b) =>
    areaOf(a) < areaOf(b) ? -1 : areaOf(a) > areaOf(b) ? 1 : 0,
  )
  return `${[...head, ...rows].join('\n')}\n`
}

/** The commit proved; a plus says that the work tree had changes on top of it. */
function commitNow(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  const changed = git('status', '--porcelain', '--untracked-files=no', '--', '.', ':!docs/proofs.md')
  return `${git('rev-parse', '--short=10', 'HEAD')}${changed === '' ? '' : '+'}`
}

/** Records an area's figures in docs/proofs.md when they are the full ones; small runs leave the page alone. */
export function recordProofs(area: string, proofs: readonly Proof[], file = at('docs/proofs.md')): void {
  if (process.env['LATCHSTRING_PROVE'] !== 'full') return
  const page = existsSync(file) ? readFileSync(file, 'utf8') : ''
  writeFileSync(file, withProofs(page, area, proofs, commitNow(), new Date().toISOString().slice(0, 10)))
}
