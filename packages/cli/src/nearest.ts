/**
 * The name that was probably meant, by the fewest changed, swapped, missing or added letters.
 *
 * @example
 * nearest('tokne', ['token', 'status']) // 'token'
 */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  const best = names
    .map(name => ({ name, distance: distanceOf(typed.toLowerCase(), name) }))
    .sort((a, b) => a.distance - b.distance)[0]
  return best && best.distance <= Math.max(2, Math.floor(best.name.length / 3)) ? best.name : undefined
}

/** Optimal string alignment: Levenshtein's distance with swaps of neighbours. */
function distanceOf(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, at(i - 2, j - 2) + 1)
      row[j] = least
    }
  }
  return at(a.length, b.length)
}
