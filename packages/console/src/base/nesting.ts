/**
 * Whether a JSON value nests deeper than `most` levels. Not recursive: how deep it nests is the sender's choice.
 *
 * @example
 * nestsDeeper({ a: [1] }, 1) // true
 */
export function nestsDeeper(value: unknown, most: number): boolean {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return true
    level = level.flatMap(one => (typeof one === 'object' && one !== null ? Object.values(one) : []))
  }
  return false
}
