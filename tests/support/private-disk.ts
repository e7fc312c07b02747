import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A small disk of its own, in a mount namespace that nobody else sees and that ends with its holder: it can be full,
 * read-only or broken, and no other program of this machine notices.
 */
export type PrivateDisk = {
  /** Where it is mounted, for programs that run within. */
  folder: string
  /** What to put before a program's name so that it sees the disk. */
  within: string[]
  /** Runs a command there and gives its output. */
  run(...command: string[]): string
  remove(): Promise<void>
}

/** Why there is no disk of one's own here; undefined where there can be. */
export function whyNoDisk(): string | undefined {
  if (process.platform !== 'linux') return 'mount namespaces are Linux'
  if (process.getuid?.() !== 0) return 'mounting takes root'
  try {
    const mount = 'mount -t tmpfs -o size=64k tmpfs /mnt'
    execFileSync('unshare', ['-m', '--propagation', 'private', 'sh', '-c', mount], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return `unshare -m and mount do not work here: ${(error as Error).message.split('\n')[0]}`
  }
}

/** Why there is no file system in a file here; undefined where there can be. */
export function whyNoLoopDisk(): string | undefined {
  const why = whyNoDisk()
  if (why !== undefined) return why
  const script =
    'dd if=/dev/zero of="$0" bs=1M count=4 && mkfs.ext4 -q "$0" && mount -o loop "$0" /mnt && umount /mnt'
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-loop-'))
  try {
    const inside = ['-m', '--propagation', 'private', 'sh', '-c', script, join(folder, 'image')]
    execFileSync('unshare', inside, { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return `loop devices do not work here: ${(error as Error).message.split('\n')[0]}`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** In memory; its size can change while it is in use. */
export const memoryDisk = (megabytes: number) =>
  makeDisk(`mount -t tmpfs -o size=${megabytes}m,mode=700 tmpfs "$1/disk"`)

/** ext4 in a file, so that the kernel can make it read-only under open files as it does after a fault. */
export const fileDisk = (megabytes: number) =>
  makeDisk(
    `dd if=/dev/zero of="$1/image" bs=1M count=${megabytes} 2>/dev/null && mkfs.ext4 -q "$1/image" && mount -o loop "$1/image" "$1/disk"`,
  )

async function makeDisk(mount: string): Promise<PrivateDisk> {
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-disk-'))
  // It holds the namespace until its input ends, also when this process is killed.
  const script = `mkdir "$1/disk" && ${mount} && echo mounted && exec cat`
  const holder: ChildProcess = spawn(
    'unshare',
    ['-m', '--propagation', 'private', 'sh', '-c', script, 'sh', folder],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const gone = once(holder, 'close')
  await Promise.race([
    once(holder.stdout as NodeJS.ReadableStream, 'data'),
    gone.then(() => Promise.reject(new Error('the disk was not mounted'))),
  ])
  const within = ['nsenter', '-t', String(holder.pid), '-m', '--']
  const [enter = '', ...words] = within
  return {
    folder: join(folder, 'disk'),
    within,
    run: (...command) =>
      execFileSync(enter, [...words, ...command], { encoding: 'utf8', stdio: 'pipe' }).trim(),
    async remove() {
      holder.stdin?.end()
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
