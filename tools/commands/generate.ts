import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { generators } from '../generators.ts'
import { at } from '../repository.ts'

const current = (page: string) => (existsSync(at(page)) ? readFileSync(at(page), 'utf8') : undefined)

/** The generated pages that differ from what their source says now. */
export async function stalePages(): Promise<string[]> {
  const stale: string[] = []
  for (const { page, write } of generators()) if ((await write()) !== current(page)) stale.push(page)
  return stale
}

export async function run(): Promise<number> {
  for (const { page, write } of generators()) {
    const text = await write()
    if (text === current(page)) continue
    mkdirSync(path.dirname(at(page)), { recursive: true })
    writeFileSync(at(page), text)
    process.stdout.write(`wrote ${page}\n`)
  }
  return 0
}
