import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { dependencyPage } from './dependencies.ts'
import { importPicture } from './import-picture.ts'

function house(files: Record<string, string>): string {
  const root = mkdtempSync(path.join(tmpdir(), 'pages-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    writeFileSync(path.join(root, name), text)
  }
  return root
}

test('the import picture draws one arrow per pair, dotted where only types pass, without tests', () => {
  const page = importPicture(
    house({
      'packages/console/src/features.ts': `export const featureOrder = ['base', 'audit', 'keys'] as const`,
      'packages/console/src/audit/service.ts': `import type { A } from '@latchstring/kit'`,
      'packages/console/src/keys/service.ts': `import '../audit/service.ts'\nimport '@latchstring/protocol'`,
      'packages/console/src/keys/keys.test.ts': `import '@latchstring/gateway'`,
    }),
  )
  expect(page).toContain('flowchart TD\n  console -.-> kit\n  console --> protocol\n```')
  expect(page).toContain('flowchart TD\n  keys --> audit\n```')
  expect(page).toContain('| keys | audit | – |')
  expect(page).not.toContain('gateway -')
})

test('the dependency page follows the lock the way npm does, nested versions and links included', () => {
  const lock = {
    packages: {
      '': { devDependencies: { tool: '1' } },
      'packages/cli': { dependencies: { '@latchstring/client': '1' } },
      'packages/client': { dependencies: { a: '^1' }, optionalDependencies: { native: '1' } },
      'packages/server': { dependencies: { a: '^2' } },
      'packages/server/node_modules/a': { version: '2.0.0', license: 'ISC', dependencies: { b: '1' } },
      'node_modules/@latchstring/client': { resolved: 'packages/client', link: true },
      'node_modules/a': { version: '1.0.0', license: 'MIT' },
      'node_modules/b': { version: '1.5.0' },
      'node_modules/native': { version: '3.0.0', license: 'MIT', optional: true },
      'node_modules/tool': { version: '9.0.0', license: 'MIT' },
    },
  }
  const page = dependencyPage(house({ 'package-lock.json': JSON.stringify(lock) }))
  const [, latch = '', server = ''] = page.split('\n## ')
  expect(latch.split('\n').filter(line => line.startsWith('| '))).toEqual([
    '| package | version | licence |',
    '| a | 1.0.0 | MIT |',
    '| native | 3.0.0 | MIT |',
  ])
  expect(server).toContain('| a | 2.0.0 | ISC |\n| b | 1.5.0 | ? |')
  expect(page).not.toContain('tool')
})
