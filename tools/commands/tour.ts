import { existsSync } from 'node:fs'
import { bringPeers } from '../peers.ts'
import { runProgram } from '../process.ts'
import { at } from '../repository.ts'
import { makeTestWorld } from '../test-world.ts'
import { build } from './build.ts'

/** Walks through the product once, in a world of its own. */
export async function run(args: string[]): Promise<number> {
  const tour = 'tests/journeys/tour.ts'
  if (!existsSync(at(tour))) {
    process.stderr.write(`dev: ${tour} is not written yet\n`)
    return 2
  }
  if (!(await build())) return 1
  using world = makeTestWorld(await bringPeers(line => process.stderr.write(`dev: ${line}\n`)))
  const { code } = await runProgram(process.execPath, ['--conditions=@latchstring/source', tour, ...args], {
    env: world.environment,
  })
  return code
}
