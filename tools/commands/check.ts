import { existsSync } from 'node:fs'
import { undeclaredImports } from '../checks/declared.ts'
import { errorPageProblems } from '../checks/error-pages.ts'
import { brokenLinks } from '../checks/links.ts'
import { checkFloors } from '../floors.ts'
import { runProgram } from '../process.ts'
import { at, filesBelow, root } from '../repository.ts'
import { run as generate, stalePages } from './generate.ts'

/** What a step found: lines that fail it, and lines that only warn. */
type Findings = { problems: string[]; warnings?: string[] }

/** A program's findings: the lines that say where, or all it printed where none does. */
const program = async (where: RegExp, file: string, ...args: string[]): Promise<Findings> => {
  const { code, output } = await runProgram(file, args, { output: 'keep' })
  if (code === 0) return { problems: [] }
  const lines = output.split('\n').filter(line => where.test(line))
  return { problems: lines.length > 0 ? lines : [output.trim() || `${file} ended with ${code}`] }
}
const biome = () =>
  program(
    /^[×!] /,
    'biome',
    'ci',
    '--colors=off',
    '--reporter=concise',
    '--error-on-warnings',
    '--diagnostic-level=warn',
  )
const types = (project: string) => program(/./, 'tsc', '-p', project, '--noEmit', '--pretty', 'false')

const steps: Record<string, () => Findings | Promise<Findings>> = {
  'format and lint': biome,
  types: () => types('tsconfig.json'),
  'types, web': () =>
    filesBelow(at('packages/web/src')).length > 0 ? types('packages/web/tsconfig.json') : { problems: [] },
  floors: () => checkFloors(root),
  'declared imports': () => ({ problems: undeclaredImports(root) }),
  'generated pages': async () => ({
    problems: (await stalePages()).map(page => `${page} differs from its source; run ./dev generate`),
  }),
  'error pages': async () => {
    if (!existsSync(at('packages/protocol/src/codes/failures.ts'))) return { problems: [] }
    const { failures } = await import('@latchstring/protocol/codes/failures')
    return { problems: errorPageProblems(root, Object.keys(failures)) }
  },
  links: () => ({ problems: brokenLinks(root) }),
}

/** A step that throws has failed; what it threw is its finding. */
async function attempt(step: () => Findings | Promise<Findings>): Promise<Findings> {
  try {
    return await step()
  } catch (error) {
    return { problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)] }
  }
}

/** Runs every step, also after one has failed. With --fix, what a machine can put right is put right first. */
export async function run(args: string[]): Promise<number> {
  if (args.includes('--fix')) {
    await runProgram('biome', ['check', '--write', '--reporter=concise', '--diagnostic-level=error'], {
      output: 'keep',
    })
    await generate()
  }
  let failed = 0
  for (const [name, step] of Object.entries(steps)) {
    const began = performance.now()
    const { problems, warnings = [] } = await attempt(step)
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    process.stdout.write(
      `${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(18)}${seconds.padStart(5)} s\n`,
    )
    for (const line of problems) process.stdout.write(`${line.replace(/^/gm, '     ')}\n`)
    for (const line of warnings) process.stdout.write(`     warning: ${line}\n`)
    if (problems.length > 0) failed++
  }
  process.stdout.write(
    failed === 0
      ? 'The gate is open.\n'
      : `The gate is shut: ${failed} of ${Object.keys(steps).length} steps failed.\n`,
  )
  return failed === 0 ? 0 : 1
}
