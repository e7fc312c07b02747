import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Two machines as network namespaces with one cable between them. Neither reaches this machine or anything else; names
 * come from a hosts file that only they see.
 */
export type Machine = {
  address: string
  start(file: string, args: string[], env: Record<string, string>): ChildProcess
  /** Runs a program to its end. */
  run(
    file: string,
    args: string[],
    env: Record<string, string>,
  ): Promise<{ code: number; stdout: string; stderr: string }>
}

/** Why there are no second machines here; undefined where there can be. */
export function whyNoMachines(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are Linux'
  if (process.getuid?.() !== 0) return 'network namespaces take root'
  try {
    const probe = `lsprobe${process.pid}`
    execFileSync('ip', ['netns', 'add', probe], { stdio: 'pipe' })
    execFileSync('ip', ['netns', 'delete', probe], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return `ip netns does not work here: ${(error as Error).message.split('\n')[0]}`
  }
}

/** @param names the names of the first machine */
export function makeMachines(names: string[]): { here: Machine; there: Machine; remove(): Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-machines-'))
  const id = `ls${process.pid}`
  const spaces = [`${id}a`, `${id}b`] as const
  const addresses = ['10.213.77.1', '10.213.77.2'] as const
  const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' })
  const hosts = join(folder, 'hosts')
  writeFileSync(hosts, `127.0.0.1 localhost\n${addresses[0]} ${names.join(' ')}\n`)
  for (const space of spaces) {
    ip('netns', 'add', space)
    ip('-n', space, 'link', 'set', 'lo', 'up')
  }
  ip(
    'link',
    'add',
    `${id}v`,
    'netns',
    spaces[0],
    'type',
    'veth',
    'peer',
    'name',
    `${id}v`,
    'netns',
    spaces[1],
  )
  for (const [index, space] of spaces.entries()) {
    ip('-n', space, 'address', 'add', `${addresses[index]}/24`, 'dev', `${id}v`)
    ip('-n', space, 'link', 'set', `${id}v`, 'up')
  }
  const children = new Set<ChildProcess>()
  const machine = (index: 0 | 1): Machine => {
    const start: Machine['start'] = (file, args, env) => {
      // `ip netns exec` gives a mount namespace of its own, so the machine's /etc/hosts stays as it is.
      const words = ['netns', 'exec', spaces[index], 'sh', '-c', 'mount --bind "$0" /etc/hosts && exec "$@"']
      const child = spawn('ip', [...words, hosts, file, ...args], {
        cwd: folder,
        env: { PATH: process.env['PATH'] ?? '', HOME: join(folder, `home${index}`), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      children.add(child)
      child.once('close', () => children.delete(child))
      return child
    }
    return {
      address: addresses[index],
      start,
      run: (file, args, env) =>
        new Promise((resolve, reject) => {
          const child = start(file, args, env)
          let [stdout, stderr] = ['', '']
          child.stdout?.on('data', chunk => (stdout += chunk))
          child.stderr?.on('data', chunk => (stderr += chunk))
          child.once('error', reject)
          child.once('close', code => resolve({ code: code ?? 1, stdout, stderr }))
        }),
    }
  }
  return {
    here: machine(0),
    there: machine(1),
    async remove() {
      // Asked to end, so that a program takes its own children along.
      const ended = [...children].map(child => new Promise(resolve => child.once('close', resolve)))
      for (const child of children) child.kill('SIGTERM')
      await Promise.all(ended)
      for (const space of spaces) if (existsSync(`/run/netns/${space}`)) ip('netns', 'delete', space)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
