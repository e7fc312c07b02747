import { useSyncExternalStore } from 'react'

/** What an address brought that must not stay in it: a link's secret, or a code to be pasted into a terminal. */
export type LinkSecrets = Readonly<Partial<Record<'token' | 'code' | 'state' | 'error', string>>>

type Place = Pick<Location, 'pathname' | 'search' | 'hash'>

/** Which page takes which secrets, and from where. The fragment never reaches a server or its log. */
const takers: Record<string, { part: 'hash' | 'search'; names: readonly (keyof LinkSecrets)[] }> = {
  '/setup': { part: 'hash', names: ['token'] },
  '/sign-in': { part: 'hash', names: ['token'] },
  '/paste': { part: 'search', names: ['code', 'state', 'error'] },
}

/**
 * Reads the secrets of an address and says what the address is without them.
 *
 * @example
 * readLinkSecrets({ pathname: '/setup', search: '', hash: '#token=abc' }) // { secrets: { token: 'abc' }, rest: '/setup' }
 */
export function readLinkSecrets(place: Place): { secrets: LinkSecrets; rest: string } | undefined {
  const taker = takers[place.pathname]
  if (!taker) return undefined
  const given = new URLSearchParams(place[taker.part].slice(1))
  const found = taker.names.filter(name => given.get(name))
  if (found.length === 0) return undefined
  const secrets = Object.fromEntries(found.map(name => [name, given.get(name)])) as LinkSecrets
  return { secrets, rest: place.pathname + (taker.part === 'hash' ? place.search : '') }
}

let held: LinkSecrets = {}
const listeners = new Set<() => void>()

function take() {
  const read = readLinkSecrets(window.location)
  if (!read) return
  window.history.replaceState(window.history.state, '', read.rest)
  held = read.secrets
  for (const tell of listeners) tell()
}

/**
 * Takes the secrets out of the address bar before anything else runs, and again when a link is opened in a tab that
 * already shows its page (only the fragment changes then, and nothing is loaded). They are kept in memory only.
 */
export function takeLinkSecrets() {
  take()
  window.addEventListener('hashchange', take)
}

export function useLinkSecrets(): LinkSecrets {
  return useSyncExternalStore(
    tell => {
      listeners.add(tell)
      return () => listeners.delete(tell)
    },
    () => held,
  )
}
