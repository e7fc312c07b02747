const whole = new Intl.NumberFormat('en-GB')

/** A count in full, in groups of three: `12,345`. */
export const number = (value: number): string => whole.format(value)
