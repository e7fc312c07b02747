import { existsSync } from 'node:fs'
import { at, root } from './repository.ts'

type Generator = {
  /** The page it writes, relative to the repository. */
  page: string
  /** What must be there for it to run; a page whose source is not written yet is passed over. */
  needs?: string
  write: () => Promise<string>
}

/** Every generated page. `./dev generate` writes them, `./dev check` compares them. */
const table: Generator[] = [
  {
    page: 'docs/imports.md',
    write: async () => (await import('./pages/import-picture.ts')).importPicture(root),
  },
  {
    page: 'docs/dependencies.md',
    write: async () => (await import('./pages/dependencies.ts')).dependencyPage(root),
  },
  {
    page: 'docs/errors/README.md',
    needs: 'packages/protocol/src/codes/failures.ts',
    write: async () => (await import('./pages/errors-index.ts')).errorsIndex(),
  },
  {
    page: 'docs/api.md',
    needs: 'packages/protocol/src/api.ts',
    write: async () => (await import('./pages/api-reference.ts')).apiPage(),
  },
  {
    page: 'docs/openapi.json',
    needs: 'packages/protocol/src/api/openapi.ts',
    write: async () => (await import('./pages/api-reference.ts')).openApiPage(),
  },
  {
    page: 'docs/storage.md',
    needs: 'packages/console/src/base/migrate.ts',
    write: async () => (await import('./pages/storage.ts')).storagePage(),
  },
]

export const generators = () => table.filter(({ needs }) => needs === undefined || existsSync(at(needs)))
