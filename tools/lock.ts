import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const alive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** No holder keeps it longer than this, in milliseconds: an older file outlived its process, whose number came back. */
const longest = 10 * 60_000

/** One holder per file across processes. A holder that died leaves its number behind and is passed over. */
export async function holdLock(file: string): Promise<Disposable> {
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      return { [Symbol.dispose]: () => rmSync(file, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = Number(readIfThere(file))
    const since = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
    if ((holder > 0 && !alive(holder)) || Date.now() - since > longest) rmSync(file, { force: true })
    else await delay(50)
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
