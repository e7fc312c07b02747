import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type Import, importsBelow, readFeatureOrder } from './imports.ts'
import { filesBelow } from './repository.ts'

/** Which package may see which: the drawing in CONTRIBUTING.md, line by line. */
export const arrows: Record<string, readonly string[]> = {
  protocol: [],
  kit: ['protocol'],
  client: ['protocol'],
  gateway: ['kit', 'protocol'],
  console: ['kit', 'protocol'],
  web: ['protocol'],
  cli: ['client', 'protocol'],
  server: ['console', 'gateway', 'kit', 'protocol'],
}

/** The floors inside protocol, lowest first; what lies beside them is the package's face and stands on all. */
const protocolFloors = ['base', 'codes', 'decide', 'api']
const protocolFiles: Record<string, string> = { 'gateway-contract': 'decide' }

/** Folders of siblings: none imports another, and none imports the table that lists it or, as a contract, its kinds. */
const registries = [
  { folder: 'packages/client/src/sources', contract: 'source', tables: ['packages/client/src/chain.ts'] },
  { folder: 'packages/client/src/agents', contract: 'agent', tables: [] },
  { folder: 'packages/cli/src/commands', contract: 'command', tables: [] },
  { folder: 'packages/gateway/src/steps', contract: 'step', tables: [] },
  { folder: 'packages/gateway/src/providers', contract: 'provider', tables: [] },
  { folder: 'packages/console/src/sign-in/protocols', contract: 'protocol', tables: [] },
  { folder: 'packages/server/src/commands', contract: 'command', tables: [] },
]

const nameless = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'types'])
const longFile = 300

const isTest = (file: string) => /\.test\.tsx?$/.test(file) || file.includes('/testing/')
const packageOf = (file: string) => /^packages\/([^/]+)\/src\//.exec(file)?.[1]
const below = (file: string, folder: string) => file.startsWith(`${folder}/`)
const stem = (file: string) => path.posix.basename(file).replace(/(\.test)?\.\w+$/, '')

/** Arrows between packages, and no path into another package: it is called by its name. */
function betweenPackages({ from, to = '', specifier }: Import): string | undefined {
  const [own, other] = [packageOf(from), packageOf(to)]
  if (own === undefined || other === undefined) return undefined
  if (own !== other && specifier.startsWith('.'))
    return `reaches into ${other} by a path; write @latchstring/${other}`
  if (own === other) {
    return specifier.startsWith('.') ? undefined : 'imports its own package by name; write a relative path'
  }
  if (arrows[own]?.includes(other)) return undefined
  return `${own} may not see ${other}; it sees ${arrows[own]?.join(', ') || 'no other package'}`
}

function insideProtocol({ from, to = '' }: Import): string | undefined {
  const floor = (file: string) => {
    const [, first = ''] = /^packages\/protocol\/src\/([^/]+)/.exec(file) ?? []
    const name = first.replace(/(\.test)?\.ts$/, '')
    const at = protocolFloors.indexOf(protocolFiles[name] ?? name)
    return at === -1 ? protocolFloors.length : at
  }
  if (packageOf(from) !== 'protocol' || packageOf(to) !== 'protocol' || isTest(from)) return undefined
  if (floor(to) <= floor(from)) return undefined
  return `${protocolFloors[floor(from)]} lies below ${protocolFloors[floor(to)] ?? 'the face of protocol'}`
}

/** protocol is pure and runs in a browser too; below api it stays free of zod, because `latch token` loads it cold. */
function foreignInProtocol({ from, specifier }: Import): string | undefined {
  if (packageOf(from) !== 'protocol' || isTest(from)) return undefined
  if (specifier.startsWith('node:')) return 'protocol does no I/O and imports nothing of Node.js'
  if (!/^zod(\/|$)/.test(specifier) || /^packages\/protocol\/src\/api(\/|\.ts$)/.test(from)) return undefined
  return 'only api may import zod'
}

/** Console: base, then features in one order; an earlier feature is called through its service, its types are free. */
function betweenFeatures({ from, to = '', typeOnly }: Import, order: readonly string[]): string | undefined {
  const feature = (file: string) => /^packages\/console\/src\/([^/]+)\//.exec(file)?.[1]
  const own = feature(from)
  if (own === undefined || own === 'testing' || isTest(from) || packageOf(to) !== 'console') return undefined
  const other = feature(to)
  if (other === own) return undefined
  if (other === undefined)
    return `${own} may not see what stands beside the features; only main and its table do`
  if (own === 'base') return `base lies below ${other}`
  if (other === 'base') return undefined
  if (!order.includes(other)) return `${other} is not in featureOrder (packages/console/src/features.ts)`
  if (order.indexOf(other) > order.indexOf(own)) return `${other} comes after ${own} in featureOrder`
  if (typeOnly || to === `packages/console/src/${other}/service.ts`) return undefined
  return `of ${other} only service.ts may be called`
}

function betweenSiblings({ from, to = '' }: Import): string | undefined {
  if (isTest(from)) return undefined
  for (const { folder, contract, tables } of registries) {
    const kind = (file: string) => {
      const name =
        file
          .slice(folder.length + 1)
          .split('/')[0]
          ?.replace(/\.tsx?$/, '') ?? ''
      return below(file, folder) && ![contract, 'index'].includes(name) ? name : undefined
    }
    const isContract =
      from === `${folder}/${contract}.ts` || from === `${path.posix.dirname(folder)}/${contract}.ts`
    if (isContract && kind(to) !== undefined) return `a contract never imports its kinds (${kind(to)})`
    if (kind(from) === undefined) continue
    if (tables.includes(to)) return 'imports the table that lists it'
    if (kind(to) !== undefined && kind(to) !== kind(from))
      return `${kind(from)} and ${kind(to)} are siblings in ${folder}`
  }
  return undefined
}

/** A folder's index: its index.ts, the file beside it that bears its name, or the face of the package. */
function ownIndex({ from, to = '' }: Import): string | undefined {
  if (isTest(from)) return undefined
  const name = packageOf(from)
  const inFolder = /^packages\/[^/]+\/src\/[^/]+\//.test(from)
  if (inFolder && to === `packages/${name}/src/${name}.ts`)
    return `imports the face of its package, ${path.posix.basename(to)}`
  const isIndex = stem(to) === 'index' && below(from, path.posix.dirname(to)) && from !== to
  const isBeside = below(from, to.replace(/\.tsx?$/, ''))
  return to !== '' && (isIndex || isBeside)
    ? `imports the index of its own folder, ${path.posix.basename(to)}`
    : undefined
}

export type Floors = { problems: string[]; warnings: string[] }

/** Checks every import and file name below the root against the floors of CONTRIBUTING.md. */
export function checkFloors(root: string): Floors {
  const problems: string[] = []
  const warnings: string[] = []
  const order = readFeatureOrder(path.join(root, 'packages/console/src/features.ts'))
  for (const one of importsBelow(root, ['packages'])) {
    const reasons = [
      betweenPackages(one),
      insideProtocol(one),
      foreignInProtocol(one),
      betweenFeatures(one, order),
      betweenSiblings(one),
      ownIndex(one),
    ]
    for (const reason of new Set(reasons)) {
      if (reason !== undefined) problems.push(`${one.from}: ${one.specifier}: ${reason}`)
    }
  }
  for (const folder of ['packages', 'tools', 'tests', 'bench', 'examples']) {
    for (const full of filesBelow(path.join(root, folder))) {
      const file = path.relative(root, full).split(path.sep).join('/')
      if (!/\.(ts|tsx|mjs|css)$/.test(file)) continue
      const named = file
        .split('/')
        .map(stem)
        .find(part => nameless.has(part))
      if (named) problems.push(`${file}: "${named}" does not say what it holds`)
      const lines = readFileSync(full, 'utf8').split('\n').length - 1
      if (lines > longFile && !file.includes('/generated/'))
        warnings.push(`${file}: ${lines} lines, more than ${longFile}`)
    }
  }
  const features = new Set(
    filesBelow(path.join(root, 'packages/console/src')).flatMap(full => {
      const [, name] = /packages\/console\/src\/([^/]+)\//.exec(full.split(path.sep).join('/')) ?? []
      return name === undefined || ['base', 'testing'].includes(name) ? [] : [name]
    }),
  )
  for (const name of features) {
    if (!order.includes(name))
      problems.push(`packages/console/src/${name}: not in featureOrder (packages/console/src/features.ts)`)
  }
  return { problems, warnings }
}
