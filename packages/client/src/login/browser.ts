import { mayCarrySecrets } from '../addresses.ts'
import type { World } from '../world.ts'

/**
 * The program that opens an address. Nothing secret stands in the address; no shell sees it. BROWSER may name
 * programs apart by colons, with `%s` for the address (the convention of xdg-open and Python's webbrowser).
 */
export function openerOf(
  env: World['env'],
  platform: NodeJS.Platform,
  address: string,
): [string, ...string[]] {
  const chosen = env['BROWSER']?.split(platform === 'win32' ? ';' : ':')[0]?.trim()
  if (chosen) {
    const [program = chosen, ...words] = chosen.split(/\s+/)
    return words.some(word => word.includes('%s'))
      ? [program, ...words.map(word => word.replaceAll('%s', address))]
      : [program, ...words, address]
  }
  if (platform === 'darwin') return ['open', address]
  // `start` belongs to cmd.exe, which would read the & in an address; this is what it calls.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', address]
  return ['xdg-open', address]
}

/** Opens an address in the person's browser. Returns whether a program for it was started. */
export async function openBrowser(world: World, address: string): Promise<boolean> {
  if (!URL.canParse(address) || !mayCarrySecrets(new URL(address))) return false
  const [program, ...parameters] = openerOf(world.env, world.platform, address)
  const child = world.spawn(program, parameters, {
    stdio: 'ignore',
    detached: true,
    env: { ...world.env },
  })
  return new Promise(resolve => {
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}
