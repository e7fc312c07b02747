import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { undeclaredImports } from './declared.ts'
import { errorPageProblems } from './error-pages.ts'
import { brokenLinks } from './links.ts'

function house(files: Record<string, string>): string {
  const root = mkdtempSync(path.join(tmpdir(), 'checks-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    writeFileSync(path.join(root, name), text)
  }
  return root
}

describe('declared imports', () => {
  const manifests = {
    'package.json': JSON.stringify({
      name: 'house',
      devDependencies: { vitest: '1', '@latchstring/kit': '1' },
    }),
    'packages/kit/package.json': JSON.stringify({
      name: '@latchstring/kit',
      dependencies: { '@a/b': '1', pino: '1' },
      optionalDependencies: { keyring: '1' },
      devDependencies: { '@types/c': '1' },
    }),
  }
  const found = (file: string, text: string) =>
    undeclaredImports(house({ ...manifests, [file]: text })).join('\n')

  test('a dependency, its subpath, an optional one and a builtin pass', () => {
    const text = `import '@a/b/sub'\nimport 'pino'\nawait import('keyring')\nimport 'node:fs'\nimport './near.ts'`
    expect(found('packages/kit/src/a.ts', text)).toBe('')
  })

  test('what the package does not declare is named, also when another one has it', () => {
    expect(found('packages/kit/src/a.ts', `import 'hono'`)).toContain(
      'hono is not in the dependencies of @latchstring/kit',
    )
    expect(found('packages/kit/src/a.ts', `import { test } from 'vitest'`)).toContain('vitest')
    expect(found('packages/kit/src/a.ts', `import type { C } from '@types/c'`)).toBe('')
    expect(found('packages/kit/src/a.ts', `import { C } from '@types/c'`)).toContain('@types/c')
  })

  test('tests and tools may use what the repository declares, and nothing else', () => {
    expect(found('packages/kit/src/a.test.ts', `import { test } from 'vitest'`)).toBe('')
    expect(found('tests/a.test.ts', `import '@latchstring/kit'\nimport 'vitest'`)).toBe('')
    expect(found('tools/a.ts', `import 'chalk'`)).toContain('chalk is not in the dependencies of house')
  })

  test('a builtin is written with node:', () => {
    expect(found('packages/kit/src/a.ts', `import 'fs'`)).toContain('write node:fs')
  })
})

describe('links', () => {
  const page = (text: string) =>
    brokenLinks(house({ 'docs/a.md': text, 'docs/b.md': '# One & two\n\n## One\n\n## One\n' }))

  test('files, anchors, addresses and code pass', () => {
    const good =
      '[a](b.md) [b](b.md#one--two) [c](./b.md#one-1) [d](https://x.test/y.md) [e](#here) `[f](gone.md)`\n## Here\n'
    expect(page(`${good}\n\`\`\`md\n[g](gone.md)\n\`\`\`\n`)).toEqual([])
  })

  test.each([
    '[a](gone.md)',
    '![a](gone.png)',
    '[a]: gone.md',
    '[a](b.md#gone)',
    '[a](#gone)',
    '<img src="gone.png">',
  ])('%s leads nowhere', text => {
    expect(page(`# A\n\n${text}\n`)).toHaveLength(1)
  })
})

describe('error pages', () => {
  test('each code has a page that names it, and each page a code', () => {
    const root = house({
      'docs/errors/README.md': '',
      'docs/errors/not_found.md': '# not_found\n',
      'docs/errors/gone.md': '# gone\n',
      'docs/errors/conflict.md': '# Something else\n',
    })
    expect(errorPageProblems(root, ['not_found', 'conflict', 'internal'])).toEqual([
      'docs/errors/internal.md is missing',
      'docs/errors/gone.md explains no code of failures.ts',
      'docs/errors/conflict.md does not name its code in the first line',
    ])
  })
})
