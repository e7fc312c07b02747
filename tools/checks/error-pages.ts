import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { filesBelow } from '../repository.ts'

/** Codes without a page in docs/errors, pages without a code, and pages that do not open with their code. */
export function errorPageProblems(root: string, codes: readonly string[]): string[] {
  const folder = path.join(root, 'docs/errors')
  const pages = filesBelow(folder)
    .filter(file => file.endsWith('.md') && path.basename(file) !== 'README.md')
    .map(file => path.relative(folder, file).replace(/\.md$/, ''))
  const missing = codes.filter(code => !existsSync(path.join(folder, `${code}.md`)))
  const untitled = pages.filter(
    name =>
      codes.includes(name) &&
      !readFileSync(path.join(folder, `${name}.md`), 'utf8')
        .split('\n')[0]
        ?.includes(name),
  )
  return [
    ...missing.map(code => `docs/errors/${code}.md is missing`),
    ...pages
      .filter(name => !codes.includes(name))
      .map(name => `docs/errors/${name}.md explains no code of failures.ts`),
    ...untitled.map(name => `docs/errors/${name}.md does not name its code in the first line`),
  ]
}
