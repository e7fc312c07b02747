import { closeSync, fsyncSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { Failure } from '@latchstring/protocol'

/**
 * The one container of a backup: POSIX ustar (IEEE 1003.1 §pax), so that `tar tf` shows what is in it. Plain files only,
 * whose names the reader knows beforehand.
 */
const block = 512
const piece = 1024 * 1024
/** What 11 octal digits hold: 8 GiB less one byte. */
const longest = 8 ** 11 - 1

const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`

function header(name: string, size: number, seconds: number): Buffer {
  const bytes = Buffer.alloc(block)
  bytes.write(name, 0, 100)
  bytes.write(octal(0o600, 7), 100)
  bytes.write(octal(0, 7), 108)
  bytes.write(octal(0, 7), 116)
  bytes.write(octal(size, 11), 124)
  bytes.write(octal(seconds, 11), 136)
  bytes.write(' '.repeat(8), 148)
  bytes.write('0', 156)
  bytes.write('ustar\x0000', 257)
  bytes.write(`${octal(sum(bytes), 6)} `, 148)
  return bytes
}

const sum = (bytes: Buffer) => bytes.reduce((total, byte) => total + byte, 0)

/** Writes a new file of mode 0600 and returns when it is on disk. Whoever calls takes a half one away. */
export function writeTar(path: string, files: readonly { name: string; path: string }[], now: number): void {
  const out = openSync(path, 'wx', 0o600)
  try {
    for (const { name, path: from } of files) {
      const { size } = statSync(from)
      if (size > longest) throw new Failure('backup_unusable', { message: `${name} is longer than 8 GiB.` })
      writeAll(out, header(name, size, Math.floor(now / 1000)))
      const copied = copy(from, out)
      if (copied !== size) throw new Error(`${name} changed while it was packed`)
      writeAll(out, Buffer.alloc((block - (size % block)) % block))
    }
    writeAll(out, Buffer.alloc(2 * block))
    fsyncSync(out)
  } finally {
    closeSync(out)
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}

function copy(path: string, out: number): number {
  const from = openSync(path, 'r')
  const buffer = Buffer.allocUnsafe(piece)
  let copied = 0
  try {
    for (;;) {
      const read = readSync(from, buffer)
      if (read === 0) return copied
      writeAll(out, buffer.subarray(0, read))
      copied += read
    }
  } finally {
    closeSync(from)
  }
}

const broken = (why: string) =>
  new Failure('backup_unusable', { message: `This is no whole backup: ${why}.` })

/**
 * Unpacks the files whose names are asked for; anything else in the container is refused.
 *
 * @param target where a name's content goes; undefined: not a file of a backup
 * @throws Failure `backup_unusable`
 */
export function readTar(path: string, target: (name: string) => string | undefined): string[] {
  const file = openSync(path, 'r')
  const names: string[] = []
  try {
    for (;;) {
      const head = readExactly(file, block)
      if (head.every(byte => byte === 0)) return names
      const stated = Number.parseInt(text(head, 148, 8), 8)
      head.fill(' ', 148, 156)
      if (stated !== sum(head) || text(head, 257, 5) !== 'ustar') throw broken('a header is damaged')
      const [name, size] = [text(head, 0, 100), Number.parseInt(text(head, 124, 12), 8)]
      const to = target(name)
      if (to === undefined || text(head, 156, 1) !== '0' || !Number.isSafeInteger(size))
        throw broken(`it holds ${JSON.stringify(name)}`)
      if (names.includes(name)) throw broken(`it holds ${name} twice`)
      unpack(file, size, to)
      readExactly(file, (block - (size % block)) % block)
      names.push(name)
    }
  } finally {
    closeSync(file)
  }
}

const text = (bytes: Buffer, from: number, length: number) =>
  bytes
    .subarray(from, from + length)
    .toString('latin1')
    .replace(/[\0 ].*$/s, '')

function readExactly(file: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; ) {
    const read = readSync(file, bytes, at, length - at, null)
    if (read === 0) throw broken('it ends too early')
    at += read
  }
  return bytes
}

function unpack(file: number, size: number, to: string): void {
  const out = openSync(to, 'wx', 0o600)
  try {
    for (let left = size; left > 0; ) {
      const bytes = readExactly(file, Math.min(piece, left))
      writeAll(out, bytes)
      left -= bytes.length
    }
    fsyncSync(out)
  } finally {
    closeSync(out)
  }
}
