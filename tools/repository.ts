import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/** The repository's folder, absolute. */
export const root = path.resolve(import.meta.dirname, '..')

/** An absolute path for one relative to the repository. */
export const at = (...parts: string[]) => path.join(root, ...parts)

const never = new Set(['node_modules', 'dist', '.git'])

/** Every file below a folder, absolute, sorted; a folder that is not there has none. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(entry => {
      const full = path.join(folder, entry.name)
      if (entry.isDirectory()) return never.has(entry.name) ? [] : filesBelow(full)
      return entry.isFile() ? [full] : []
    })
}

/** The newest change below some files or folders, in milliseconds since 1970; folders count, so removals show. */
export function newestChange(paths: string[]): number {
  let newest = 0
  for (const one of paths) {
    const stat = statSync(one, { throwIfNoEntry: false })
    if (!stat) continue
    newest = Math.max(newest, stat.mtimeMs)
    if (stat.isDirectory()) {
      newest = Math.max(
        newest,
        newestChange(
          readdirSync(one)
            .filter(name => !never.has(name))
            .map(name => path.join(one, name)),
        ),
      )
    }
  }
  return newest
}

/** When a file was last written, 0 where it is missing. */
export const changedAt = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

export type Manifest = {
  name: string
  version: string
  private?: boolean
  bin?: Record<string, string>
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

export const readManifest = (folder: string) =>
  JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest

/** Short names of the packages under packages/, in alphabetical order. */
export const packageNames = () =>
  readdirSync(at('packages'))
    .filter(name => existsSync(at('packages', name, 'package.json')))
    .sort()
