import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A file inside this package where it was packed, beside it in a clone. */
function find(inPackage: string, inClone: string): string {
  const [packed, cloned] = [inPackage, inClone].map(path => fileURLToPath(new URL(path, import.meta.url)))
  return packed !== undefined && existsSync(packed) ? packed : (cloned ?? '')
}

/** What the server hands out and did not write: the built web console and the built `latch`. */
export const carried = {
  web: find('../carried/web', '../../web/dist'),
  latch: find('../carried/latch.cjs', '../../cli/dist/latch.cjs'),
}
