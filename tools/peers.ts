import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { findPostgres } from './postgres-cluster.ts'
import { runProgram } from './process.ts'
import { at } from './repository.ts'

/** A program we did not write that some suites need; a suite runs when its variable names the program. */
type Peer = {
  name: string
  suites: string
  variable: string
  packages: string[]
  find: () => string | undefined
}

const onPath = (...names: string[]) =>
  names
    .flatMap(name => (process.env['PATH'] ?? '').split(path.delimiter).map(folder => path.join(folder, name)))
    .find(file => existsSync(file))

const fonts = '/usr/share/fonts/truetype/liberation'

export const peers: Peer[] = [
  {
    name: 'Chromium',
    suites: 'everything in a browser: passkeys, the web console, accessibility',
    variable: 'LATCHSTRING_TEST_CHROMIUM',
    packages: ['chromium', 'fonts-liberation'],
    find: () => onPath('chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'),
  },
  {
    name: 'PostgreSQL',
    suites: 'the console and the server on PostgreSQL',
    variable: 'LATCHSTRING_TEST_POSTGRES',
    packages: ['postgresql'],
    find: findPostgres,
  },
  {
    name: 'nginx',
    suites: 'a second machine behind a proxy',
    variable: 'LATCHSTRING_TEST_NGINX',
    packages: ['nginx-light'],
    find: () => onPath('nginx', '../sbin/nginx'),
  },
  {
    name: 'Pebble',
    suites: 'certificates by ACME',
    variable: 'LATCHSTRING_TEST_PEBBLE',
    packages: ['pebble'],
    find: () => onPath('pebble'),
  },
]

const isRootOnDebian = () =>
  process.getuid?.() === 0 &&
  existsSync('/usr/bin/apt-get') &&
  existsSync('/etc/os-release') &&
  /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))

const log = at('.dev/apt.log')

/** Installs Debian packages without starting a service of theirs. Answers whether it went well; the log says why not. */
async function install(packages: string[]): Promise<boolean> {
  mkdirSync(at('.dev'), { recursive: true })
  const policy = '/usr/sbin/policy-rc.d'
  const ours = !existsSync(policy)
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    const apt = (...args: string[]) =>
      runProgram('apt-get', ['-y', '-q', '-o', 'DPkg::Lock::Timeout=300', ...args], {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        output: 'keep',
      })
    const steps = [() => apt('update'), () => apt('install', '--no-install-recommends', ...packages)]
    let code = 0
    for (const step of steps) {
      const result = await step()
      appendFileSync(log, result.output)
      code = result.code
    }
    return code === 0
  } finally {
    if (ours) rmSync(policy, { force: true })
  }
}

/** The variables for the peers that are here, after installing what can be installed; the rest is named with the reason. */
export async function bringPeers(say: (line: string) => void): Promise<NodeJS.ProcessEnv> {
  const here = (peer: Peer) => process.env[peer.variable] ?? peer.find()
  const missing = peers.filter(peer => !here(peer))
  let reason = `install ${missing.flatMap(peer => peer.packages).join(', ')} or name the program in the variable`
  if (missing.length > 0 && isRootOnDebian()) {
    say(`installing ${missing.map(peer => peer.name).join(', ')} (log: .dev/apt.log)`)
    if (!(await install(missing.flatMap(peer => peer.packages)))) reason = 'apt-get failed, see .dev/apt.log'
  } else if (missing.length === 0 && isRootOnDebian() && !hasFonts()) {
    await install(['fonts-liberation'])
  }
  const found: NodeJS.ProcessEnv = {}
  for (const peer of peers) {
    const program = here(peer)
    if (program) found[peer.variable] = program
    else say(`left out: ${peer.suites}. ${peer.name} is missing (${peer.variable}): ${reason}.`)
  }
  return found
}

const hasFonts = () => existsSync(fonts) && readdirSync(fonts).length > 0
