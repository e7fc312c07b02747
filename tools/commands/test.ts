import path from 'node:path'
import { type Counts, countsVariable, lastLine, none, readCounts, sum } from '../counts.ts'
import { testOldNodes } from '../old-nodes.ts'
import { bringPeers } from '../peers.ts'
import { runProgram } from '../process.ts'
import { makeTestWorld } from '../test-world.ts'
import { build } from './build.ts'

const say = (line: string) => process.stdout.write(`dev: ${line}\n`)

/**
 * Arguments go to vitest; with any of them only vitest runs, because part of the tests was asked for. A failed build
 * is one failure, and the tests run all the same: most of them read the sources.
 */
export async function run(args: string[]): Promise<number> {
  const counts: Counts[] = []
  const peers = await bringPeers(say)
  if (!(await build())) {
    say('the build failed')
    counts.push({ ...none, failed: 1 })
  }
  using world = makeTestWorld(peers)
  const file = path.join(world.folder, 'counts.json')
  const { code } = await runProgram('vitest', ['run', ...args], {
    env: { ...world.environment, [countsVariable]: file },
  })
  counts.push(readCounts(file, code))
  if (args.length === 0) counts.push(...(await testOldNodes(world.environment, world.folder, say)))
  const total = sum(counts)
  process.stdout.write(`${lastLine(total)}\n`)
  return total.failed > 0 || total.passed === 0 ? 1 : 0
}
