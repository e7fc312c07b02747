/**
 * A user code as terminals show it: capitals in two groups of four.
 *
 * @example
 * spellUserCode('wdjb mjht') // 'WDJB-MJHT'
 */
export function spellUserCode(typed: string): string {
  const letters = typed
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
    .slice(0, 8)
  return letters.length > 4 ? `${letters.slice(0, 4)}-${letters.slice(4)}` : letters
}
