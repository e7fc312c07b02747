const browsers: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Edge', /Edg\w*\/(\d+)/],
  ['Opera', /OPR\/(\d+)/],
  ['Firefox', /Firefox\/(\d+)/],
  ['Chrome', /Chrome\/(\d+)/],
  ['Safari', /Version\/(\d+)\S* (?:Mobile\/\S+ )?Safari/],
]

const systems: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Android', /Android/],
  ['iPhone or iPad', /iPhone|iPad/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux/],
]

/**
 * A User-Agent as people name it. What is no browser's is shown as it is.
 *
 * @example
 * programName('latch/0.1.0 (linux x64; laptop)') // the same
 */
export function programName(userAgent: string): string {
  if (!userAgent.startsWith('Mozilla/')) return userAgent || 'Unnamed program'
  const browser = browsers.find(([, pattern]) => pattern.test(userAgent))
  const system = systems.find(([, pattern]) => pattern.test(userAgent))
  if (!browser) return userAgent
  const version = userAgent.match(browser[1])?.[1]
  return `${browser[0]} ${version}${system ? ` on ${system[0]}` : ''}`
}
