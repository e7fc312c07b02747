/**
 * How long a new signing key is only published before it signs: others keep the published set for five minutes (the
 * `max-age` of `/oauth/jwks`), and every process of this server looks for a new one each few seconds.
 */
export const publishedMs = 6 * 60 * 1000
/** No access token lives longer (`LATCHSTRING_ACCESS_TOKEN_SECONDS`), whatever was set when it was made. */
const longestTokenMs = 24 * 3600 * 1000

export type KeyTimes = { kid: string; created_at: number; retired_at: number | null }

/**
 * Decides which key signs and which are published, and which have done their work. Pure.
 *
 * The newest key that has been published long enough signs; the very first signs at once. A key is retired when the one
 * after it has signed for as long as any of its tokens may live.
 *
 * @returns the published keys, the signing one first, then newest first; empty where there are none
 */
export function planKeys(rows: readonly KeyTimes[], now: number): { published: string[]; retire: string[] } {
  const live = rows
    .filter(({ retired_at }) => retired_at === null)
    .sort((a, b) => b.created_at - a.created_at || (a.kid < b.kid ? -1 : 1))
  const signing = live.find(({ created_at }) => created_at + publishedMs <= now) ?? live.at(-1)
  if (signing === undefined) return { published: [], retire: [] }
  const signsSince = signing.created_at + publishedMs
  const retire =
    signsSince + longestTokenMs <= now ? live.slice(live.indexOf(signing) + 1).map(({ kid }) => kid) : []
  const others = live.map(({ kid }) => kid).filter(kid => kid !== signing.kid && !retire.includes(kid))
  return { published: [signing.kid, ...others], retire }
}
