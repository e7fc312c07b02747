export type Bar = { x: number; y: number; width: number; height: number; value: number }

/**
 * Bars of a plot, from the left, standing on the bottom line. A value above zero is at least `leastHeight` high: one
 * call among thousands is still seen.
 */
export function bars(
  values: readonly number[],
  size: { width: number; height: number; gap: number; leastHeight: number },
): Bar[] {
  const top = niceTop(Math.max(0, ...values))
  const step = size.width / Math.max(values.length, 1)
  return values.map((value, index) => {
    const height = value > 0 ? Math.max((value / top) * size.height, size.leastHeight) : 0
    return { x: index * step, y: size.height - height, width: Math.max(step - size.gap, 1), height, value }
  })
}

/** The next round number at or above a value: 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, … */
export function niceTop(value: number): number {
  if (value <= 1) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  for (const factor of [1, 1.5, 2, 3, 4, 5, 6, 8, 10]) if (value <= factor * power) return factor * power
  return value
}
