import { shipPackages, shipServer } from '../ship.ts'
import { build } from './build.ts'

export async function run(args: string[]): Promise<number> {
  const packages = args[0] === '--packages'
  const [folder, ...more] = packages ? args.slice(1) : args
  if (folder === undefined || folder.startsWith('-') || more.length > 0) {
    process.stderr.write('dev: ship takes a folder, or --packages and a folder\n')
    return 2
  }
  if (!(await build())) {
    process.stderr.write('dev: the build failed; what is written above says where\n')
    return 1
  }
  if (packages) for (const file of await shipPackages(folder)) process.stdout.write(`${folder}/${file}\n`)
  else {
    await shipServer(folder)
    process.stdout.write(`${folder}/bin/latchstring\n`)
  }
  return 0
}
