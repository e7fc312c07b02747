import { inspect } from 'node:util'

const contents = new WeakMap<Secret, string>()

/**
 * A secret on its way through the program. However it is printed, logged, joined or serialised, only its prefix and
 * last four characters show; `open` is the one way to the text.
 *
 * @example
 * const secret = new Secret('lsk_abcdefghijklmnopqrstuvwxyz')
 * `${secret}` // 'lsk_…wxyz'
 */
export class Secret {
  constructor(text: string) {
    contents.set(this, text)
  }

  toString(): string {
    const text = contents.get(this) ?? ''
    return text.length < 16 ? '…' : `${/^[a-z]+[-_]/i.exec(text)?.[0] ?? ''}…${text.slice(-4)}`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return `Secret(${this.toString()})`
  }
}

/** Opens a secret. Each program calls this in one function only, where the secret leaves for its peer. */
export function open(secret: Secret): string {
  const text = contents.get(secret)
  if (text === undefined) throw new TypeError('not a Secret of this process')
  return text
}
