import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseSync } from 'vite'
import { filesBelow } from './repository.ts'

/** One import: from a file of a package to another file, or to something from outside. Paths are relative to the root. */
export type Import = {
  from: string
  specifier: string
  typeOnly: boolean
  /** The file in this repository, where it is one. */
  to?: string
}

type Node = { type?: string; [key: string]: unknown }

/** Calls `visit` on every node of a syntax tree. */
export function walk(node: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(node)) {
    for (const one of node) walk(one, visit)
  } else if (node !== null && typeof node === 'object') {
    if (typeof (node as Node).type === 'string') visit(node as Node)
    for (const value of Object.values(node)) if (typeof value === 'object') walk(value, visit)
  }
}

type Found = { specifier: string; typeOnly: boolean }

/** What a source imports: statements, re-exports, `import()` of a literal, `import('…').Type`. */
export function readImports(file: string, source: string): Found[] {
  const { module, program, errors } = parseSync(file, source)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`)
  const found: Found[] = []
  for (const { moduleRequest, entries } of module.staticImports) {
    const typeOnly = entries.length > 0 && entries.every(entry => entry.isType)
    found.push({ specifier: moduleRequest.value, typeOnly })
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType } of entries) {
      if (moduleRequest) found.push({ specifier: moduleRequest.value, typeOnly: isType })
    }
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^(['"`])(.*)\1$/s.exec(source.slice(moduleRequest.start, moduleRequest.end))
    if (literal?.[2] && !literal[2].includes('${')) found.push({ specifier: literal[2], typeOnly: false })
  }
  if (/\bimport\s*\(/.test(source)) {
    walk(program, node => {
      if (node.type !== 'TSImportType') return
      const value = (node['source'] ?? node['argument']) as { value?: unknown; literal?: { value?: unknown } }
      const specifier = value?.value ?? value?.literal?.value
      if (typeof specifier === 'string') found.push({ specifier, typeOnly: true })
    })
  }
  return found
}

const extensions = ['', '.ts', '.tsx', '/index.ts']

/** The file of this repository that a specifier means; workspace packages are named, everything else is relative. */
function resolve(root: string, from: string, specifier: string): string | undefined {
  const [, name, subpath] = /^@latchstring\/([^/]+)(?:\/(.+))?$/.exec(specifier) ?? []
  if (name !== undefined) return `packages/${name}/src/${subpath ?? name}.ts`
  if (!specifier.startsWith('.')) return undefined
  const target = path.posix.join(path.posix.dirname(from), specifier.replace(/\?.*$/, ''))
  const real = extensions.find(
    extension => /\.\w+$/.test(target + extension) && existsSync(path.join(root, target + extension)),
  )
  return target + (real ?? '')
}

/** Every import below some folders of the repository, in file order. */
export function importsBelow(root: string, folders: string[]): Import[] {
  return folders
    .flatMap(folder => filesBelow(path.join(root, folder)))
    .filter(file => /\.(ts|tsx|mts|mjs)$/.test(file) && !file.endsWith('.d.ts'))
    .flatMap(full => {
      const from = path.relative(root, full).split(path.sep).join('/')
      return readImports(full, readFileSync(full, 'utf8')).map(found => {
        const to = resolve(root, from, found.specifier)
        return to === undefined ? { from, ...found } : { from, ...found, to }
      })
    })
}

/** The names in `export const featureOrder = [...]`, read without running the file. */
export function readFeatureOrder(file: string): string[] {
  if (!existsSync(file)) return []
  const names: string[] = []
  walk(parseSync(file, readFileSync(file, 'utf8')).program, node => {
    if (node.type !== 'VariableDeclarator' || (node['id'] as { name?: string }).name !== 'featureOrder')
      return
    walk(node['init'], inner => {
      if (inner.type === 'Literal' && typeof inner['value'] === 'string') names.push(inner['value'])
    })
  })
  return names
}
