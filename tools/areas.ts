import { existsSync, readdirSync } from 'node:fs'
import { bringPeers } from './peers.ts'
import { runProgram } from './process.ts'
import { at } from './repository.ts'
import { makeTestWorld } from './test-world.ts'

/** Areas of a folder: each is one script, `<folder>/<area>.ts`. */
const areasIn = (folder: string) =>
  existsSync(at(folder))
    ? readdirSync(at(folder)).flatMap(name =>
        /^[a-z-]+\.ts$/.test(name) ? [name.slice(0, -'.ts'.length)] : [],
      )
    : []

/** Runs one area's script in a world of its own, with the sources of the packages; answers its exit code. */
export async function runArea(
  command: string,
  folder: string,
  args: string[],
  added: NodeJS.ProcessEnv = {},
): Promise<number> {
  const [area, ...rest] = args
  const known = areasIn(folder)
  if (area === undefined || !known.includes(area)) {
    const unknown = area === undefined ? '' : `there is no area "${area}". `
    process.stderr.write(
      `dev: ${unknown}./dev ${command} takes one of: ${known.join(', ') || `nothing yet, ${folder}/ is empty`}\n`,
    )
    return 2
  }
  const peers = await bringPeers(line => process.stderr.write(`dev: ${line}\n`))
  using world = makeTestWorld({ ...peers, ...added })
  const script = `${folder}/${area}.ts`
  const { code } = await runProgram(process.execPath, ['--conditions=@latchstring/source', script, ...rest], {
    env: world.environment,
  })
  return code
}
