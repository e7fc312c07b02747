import path from 'node:path'
import { arrows } from '../floors.ts'
import { type Import, importsBelow, readFeatureOrder } from '../imports.ts'

const packageOf = (file = '') => /^packages\/([^/]+)\//.exec(file)?.[1]
const featureOf = (file = '') => /^packages\/console\/src\/([^/]+)\//.exec(file)?.[1]
const isTest = (file: string) => /\.test\.tsx?$/.test(file) || file.includes('/testing/')

type Arrow = { from: string; to: string; typesOnly: boolean }

/** One arrow per pair; it stands for types only where no import of the pair needs the other at run time. */
function drawArrows(imports: Import[], nameOf: (file?: string) => string | undefined): Arrow[] {
  const found = new Map<string, Arrow>()
  for (const one of imports) {
    const [from, to] = [nameOf(one.from), nameOf(one.to)]
    if (from === undefined || to === undefined || from === to) continue
    const key = `${from} ${to}`
    found.set(key, { from, to, typesOnly: one.typeOnly && (found.get(key)?.typesOnly ?? true) })
  }
  return [...found.values()].sort((a, b) => (`${a.from} ${a.to}` < `${b.from} ${b.to}` ? -1 : 1))
}

const mermaid = (found: Arrow[]) =>
  [
    '```mermaid',
    'flowchart TD',
    ...found.map(({ from, to, typesOnly }) => `  ${from} ${typesOnly ? '-.->' : '-->'} ${to}`),
    '```',
  ].join('\n')

const list = (names: string[]) => names.join(', ') || '–'

function rows(found: Arrow[], names: readonly string[]): string[] {
  return names.map(name => {
    const own = found.filter(({ from }) => from === name)
    const calls = own.filter(({ typesOnly }) => !typesOnly).map(({ to }) => to)
    return `| ${name} | ${list(calls)} | ${list(own.filter(({ typesOnly }) => typesOnly).map(({ to }) => to))} |`
  })
}

/** docs/imports.md: who imports whom, drawn from the code. Tests are left out. */
export function importPicture(root: string): string {
  const imports = importsBelow(root, ['packages']).filter(({ from }) => !isTest(from))
  const packages = drawArrows(imports, packageOf)
  const order = readFeatureOrder(path.join(root, 'packages/console/src/features.ts'))
  const features = drawArrows(imports, featureOf)
  const withBase = [...new Set(['base', ...order])].filter(name =>
    imports.some(({ from }) => featureOf(from) === name),
  )
  return `${[
    '# Imports',
    'Drawn from the code by `./dev generate`. A dotted arrow carries types only. The rules are in',
    '[CONTRIBUTING.md](../CONTRIBUTING.md); `./dev check` fails where an arrow breaks one.',
    '',
    '## Packages',
    '',
    mermaid(packages),
    '',
    '| package | calls | types only |',
    '|---|---|---|',
    ...rows(packages, Object.keys(arrows)),
    '',
    '## Features of the console',
    '',
    'In their order; each may call the service of those above it.',
    '',
    ...(withBase.length > 0 ? [mermaid(features.filter(({ to }) => to !== 'base')), ''] : []),
    '| feature | calls | types only |',
    '|---|---|---|',
    ...rows(features, withBase),
  ].join('\n')}\n`.replace('# Imports\n', '# Imports\n\n')
}
