import { createHash, randomBytes } from 'node:crypto'

/** A secret of 256 random bits as 43 characters of base64url: cookies, links, browser bindings. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** How a secret of full entropy is stored and found: its SHA-256, hexadecimal. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')
