import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkFloors } from './floors.ts'

/** A house of a few files; every imported file is made too, empty, unless given. */
function check(files: Record<string, string>) {
  const root = mkdtempSync(path.join(tmpdir(), 'floors-'))
  const order = `export const featureOrder = ['audit', 'members', 'keys'] as const // it's one order\n`
  for (const [name, text] of Object.entries({ 'console/src/features.ts': order, ...files })) {
    const file = path.join(root, 'packages', name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  return checkFloors(root)
}
const problems = (files: Record<string, string>) => check(files).problems.join('\n')

describe('between packages', () => {
  test('an arrow as drawn passes', () => {
    const drawn = {
      'gateway/src/a.ts': `import { x } from '@latchstring/kit'\nimport type { Y } from '@latchstring/protocol/codes/y'\n`,
      'server/src/a.ts': `import '@latchstring/console'\nimport '@latchstring/gateway'\n`,
    }
    expect(problems(drawn)).toBe('')
  })

  test.each([
    ['gateway', 'console'],
    ['console', 'gateway'],
    ['protocol', 'kit'],
    ['kit', 'console'],
    ['client', 'kit'],
    ['web', 'kit'],
    ['cli', 'kit'],
    ['kit', 'server'],
  ])('%s may not see %s, however it imports', (from, to) => {
    for (const text of [
      `import { x } from '@latchstring/${to}'`,
      `import type { X } from '@latchstring/${to}/x'`,
      `export * from '@latchstring/${to}'`,
      `const x = await import('@latchstring/${to}')`,
      `export type X = import('@latchstring/${to}').X`,
    ]) {
      expect(problems({ [`${from}/src/a.ts`]: text }), text).toContain(`${from} may not see ${to}`)
    }
  })

  test('a test has the same neighbours as its package', () => {
    expect(problems({ 'gateway/src/a.test.ts': `import '@latchstring/console'` })).toContain(
      'may not see console',
    )
  })

  test('another package is called by its name, the own one is not', () => {
    expect(problems({ 'gateway/src/a.ts': `import '../../kit/src/kit.ts'`, 'kit/src/kit.ts': '' })).toContain(
      'by a path',
    )
    expect(problems({ 'kit/src/a.ts': `import '@latchstring/kit'` })).toContain('by name')
  })
})

describe('inside protocol', () => {
  test('base ← codes ← decide ← api passes, and the face may see all', () => {
    const files = {
      'protocol/src/base/a.ts': '',
      'protocol/src/codes/a.ts': `import '../base/a.ts'`,
      'protocol/src/decide/a.ts': `import '../codes/a.ts'`,
      'protocol/src/api/a.ts': `import '../decide/a.ts'`,
      'protocol/src/api.ts': `import './api/a.ts'`,
      'protocol/src/protocol.ts': `export * from './api.ts'`,
    }
    expect(problems(files)).toBe('')
  })

  test.each([
    ['base', 'codes'],
    ['codes', 'decide'],
    ['decide', 'api'],
  ])('%s may not see %s', (from, to) => {
    const files = { [`protocol/src/${from}/a.ts`]: `import '../${to}/b.ts'`, [`protocol/src/${to}/b.ts`]: '' }
    expect(problems(files)).toContain(`${from} lies below ${to}`)
  })
})

describe('what protocol brings in', () => {
  test('nothing of Node.js, and zod in api only', () => {
    expect(problems({ 'protocol/src/api/a.ts': `import * as z from 'zod'` })).toBe('')
    expect(problems({ 'protocol/src/decide/a.ts': `import * as z from 'zod'` })).toContain(
      'only api may import zod',
    )
    expect(problems({ 'protocol/src/base/a.ts': `import { readFileSync } from 'node:fs'` })).toContain(
      'no I/O',
    )
    expect(problems({ 'protocol/src/base/a.test.ts': `import { readFileSync } from 'node:fs'` })).toBe('')
  })
})

describe('console features', () => {
  const with_ = (file: string, text: string) =>
    problems({
      'console/src/base/clock.ts': '',
      'console/src/app.ts': '',
      'console/src/audit/service.ts': '',
      'console/src/members/service.ts': '',
      'console/src/members/queries.ts': '',
      'console/src/keys/service.ts': '',
      [file]: text,
    })

  test('base, the service of an earlier feature and its types pass', () => {
    expect(
      with_('console/src/keys/routes.ts', `import '../base/clock.ts'\nimport '../members/service.ts'`),
    ).toBe('')
    expect(with_('console/src/keys/routes.ts', `import type { Row } from '../members/queries.ts'`)).toBe('')
  })

  test('a later feature is refused, its types too', () => {
    expect(with_('console/src/audit/routes.ts', `import '../keys/service.ts'`)).toContain(
      'keys comes after audit',
    )
    expect(with_('console/src/audit/routes.ts', `import type { K } from '../keys/service.ts'`)).toContain(
      'comes after',
    )
  })

  test('of an earlier feature anything but the service is refused', () => {
    expect(with_('console/src/keys/routes.ts', `import '../members/queries.ts'`)).toContain('only service.ts')
    expect(
      with_('console/src/keys/routes.ts', `import { a, type B } from '../members/queries.ts'`),
    ).toContain('only service.ts')
  })

  test('base sees no feature, and a feature not the table', () => {
    expect(with_('console/src/base/a.ts', `import '../audit/service.ts'`)).toContain('base lies below audit')
    expect(with_('console/src/keys/routes.ts', `import '../app.ts'`)).toContain('beside the features')
  })

  test('a folder that is missing in the order is named', () => {
    expect(with_('console/src/surprises/service.ts', '')).toContain('surprises: not in featureOrder')
  })

  test('tests are free of the order', () => {
    expect(with_('console/src/audit/audit.test.ts', `import '../keys/service.ts'\nimport '../app.ts'`)).toBe(
      '',
    )
    expect(with_('console/src/audit/testing/a.ts', `import '../../keys/service.ts'`)).toBe('')
  })
})

describe('registries', () => {
  test.each([
    ['client/src/sources', 'keychain.ts', 'file.ts'],
    ['gateway/src/steps', 'meter.ts', 'settle.ts'],
    ['gateway/src/providers', 'bedrock/send.ts', 'vertex/send.ts'],
    ['console/src/sign-in/protocols', 'saml/read.ts', 'oidc/read.ts'],
    ['cli/src/commands', 'token/command.ts', 'login/command.ts'],
  ])('siblings in %s import none of each other', (folder, from, to) => {
    const up = '../'.repeat(from.split('/').length - 1) || './'
    expect(problems({ [`${folder}/${from}`]: `import '${up}${to}'`, [`${folder}/${to}`]: '' })).toContain(
      'are siblings',
    )
  })

  test('files of one kind and the contract pass', () => {
    const files = {
      'gateway/src/providers/provider.ts': '',
      'gateway/src/providers/bedrock/sign.ts': '',
      'gateway/src/providers/bedrock/send.ts': `import './sign.ts'\nimport '../provider.ts'`,
      'gateway/src/providers/index.ts': `import './bedrock/send.ts'`,
    }
    expect(problems(files)).toBe('')
  })

  test('a contract never imports its kinds, nor a kind its table', () => {
    const kind = { 'client/src/sources/file.ts': '', 'client/src/chain.ts': '' }
    expect(problems({ ...kind, 'client/src/source.ts': `import './sources/file.ts'` })).toContain(
      'a contract never',
    )
    expect(problems({ ...kind, 'client/src/sources/source.ts': `import './file.ts'` })).toContain(
      'a contract never',
    )
    expect(problems({ ...kind, 'client/src/sources/env.ts': `import '../chain.ts'` })).toContain(
      'the table that lists it',
    )
  })
})

describe('indexes', () => {
  test('nothing inside a folder imports its index, the file of its name, or the face of the package', () => {
    const files = {
      'client/src/agents/index.ts': '',
      'client/src/agents/codex.ts': `import './index.ts'`,
      'cli/src/commands.ts': '',
      'cli/src/commands/token.ts': `import '../commands.ts'`,
      'kit/src/kit.ts': '',
      'kit/src/log/line.ts': `import '../kit.ts'`,
    }
    const found = problems(files).split('\n')
    expect(found).toHaveLength(3)
    expect(found.filter(line => /imports the (index|face)/.test(line))).toHaveLength(3)
  })
})

describe('files', () => {
  test.each(['utils', 'helpers', 'common', 'types'])('no drawer is called %s', name => {
    expect(problems({ [`kit/src/${name}.ts`]: '' })).toContain('does not say what it holds')
    expect(problems({ [`kit/src/${name}/a.ts`]: '' })).toContain('does not say what it holds')
  })

  test('a file over 300 lines is a warning, not a failure', () => {
    const { problems: none, warnings } = check({
      'kit/src/long.ts': '\n'.repeat(301),
      'kit/src/fits.ts': '\n'.repeat(300),
    })
    expect(none).toEqual([])
    expect(warnings).toEqual(['packages/kit/src/long.ts: 301 lines, more than 300'])
  })

  test('a source that cannot be read is named', () => {
    expect(() => check({ 'kit/src/a.ts': 'import {' })).toThrow('kit/src/a.ts')
  })
})
