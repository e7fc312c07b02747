import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './repository.ts'

/**
 * Examples in docstrings are held to what they say: a line `expression // value` is run, after the lines before it and
 * with its module's own exports, and must give that value. A value with `…` in it only says that the line runs. Examples
 * that need a machine (`world`, `base`, `master`, `record`) are told by their own tests.
 */
type Example = { file: string; before: string; expression: string; said: string }

const files = globSync('packages/{protocol,kit,client,cli,console}/src/**/*.ts', { cwd: root }).filter(
  file => !/\.test\.ts$|testing\//.test(file),
)

const needsMachine = /\b(world|base|master|record|machineWorld)\b|…/

const examples: Example[] = files.flatMap(file => {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/@example\n((?: \* .*\n)+)/g)].flatMap(([, block = '']) => {
    const lines = block.split('\n').map(line => line.replace(/^ \* /, ''))
    return lines.flatMap((line, at) => {
      const [, expression, said] = /^(\S.*?) \/\/ (.+)$/.exec(line) ?? []
      if (expression === undefined || said === undefined || needsMachine.test(expression)) return []
      const before = lines.slice(0, at).filter(earlier => /^const /.test(earlier))
      return [{ file, before: before.join('\n'), expression, said }]
    })
  })
})

type Run = (...values: unknown[]) => Promise<unknown>
const AsyncFunction = (async () => {}).constructor as new (...source: string[]) => Run

const run = (source: string, scope: Record<string, unknown> = {}): Promise<unknown> =>
  new AsyncFunction(...Object.keys(scope), source)(...Object.values(scope))

/** The value a comment names: all of it, or what stands before a colon or comma that begins an explanation. */
async function readValue(said: string): Promise<{ value: unknown } | undefined> {
  if (said.includes('…')) return undefined
  for (const text of [said, said.split(/[:,;] /, 1)[0] ?? '']) {
    try {
      return { value: await run(`return (${text})`) }
    } catch {
      // Not a value: the next reading, or words.
    }
  }
  return undefined
}

describe('every example says what is so', () => {
  it('finds them', () => expect(examples.length).toBeGreaterThan(12))

  it.each(examples)('$file: $expression', async ({ file, before, expression, said }) => {
    const scope = (await import(join(root, file))) as Record<string, unknown>
    const result = await run(`${before}\nreturn (${expression})`, scope)
    const named = await readValue(said)
    if (named === undefined) expect(result).toBeDefined()
    else expect(result).toEqual(named.value)
  })
})
