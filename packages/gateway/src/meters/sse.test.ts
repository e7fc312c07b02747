import { expect, it } from 'vitest'
import { recordedStream } from '../testing/recorded-stream.ts'
import { SseMeter } from './sse.ts'

const { bytes, counts } = recordedStream()

const read = (...chunks: Buffer[]) => {
  const meter = new SseMeter()
  for (const chunk of chunks) meter.push(chunk)
  meter.end()
  return { counts: meter.counts(), finished: meter.finished() }
}

it('counts the same at every place where a chunk can be cut', () => {
  for (let at = 0; at <= bytes.length; at++) {
    expect([at, read(bytes.subarray(0, at), bytes.subarray(at))]).toEqual([at, { counts, finished: true }])
  }
})

it('counts the same byte by byte', () => {
  expect(read(...Array.from(bytes, byte => Buffer.from([byte])))).toEqual({ counts, finished: true })
})

it('counts the same in thousands of random cuts', () => {
  let seed = 20_260_101
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return seed % below
  }
  for (let round = 0; round < 3_000; round++) {
    const chunks: Buffer[] = []
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + 1 + random(400))
      chunks.push(bytes.subarray(at, end))
      at = end
    }
    expect(read(...chunks)).toEqual({ counts, finished: true })
  }
})

it('is finished at the closing event and not before', () => {
  const stop = bytes.lastIndexOf('event: message_stop')
  expect(read(bytes.subarray(0, stop)).finished).toBe(false)
  expect(read(bytes.subarray(0, bytes.length - 1)).finished).toBe(false)
  expect(read(bytes.subarray(0, stop)).counts).toEqual(counts)
})

it('says that an error came inside the stream', () => {
  const meter = new SseMeter()
  meter.push(Buffer.from('event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n'))
  expect([meter.failed(), meter.finished()]).toEqual([true, false])
})

it('takes cache writes that come as one figure as writes of the default lifetime', () => {
  const start = (usage: object) =>
    Buffer.from(`data: ${JSON.stringify({ type: 'message_start', message: { usage } })}\n\n`)
  expect(read(start({ input_tokens: 1, cache_creation_input_tokens: 7 })).counts).toMatchObject({
    cacheWrite5mTokens: 7,
    cacheWrite1hTokens: 0,
  })
})

it('ignores figures that are no counts', () => {
  const delta = (output_tokens: unknown) =>
    Buffer.from(`data: ${JSON.stringify({ type: 'message_delta', usage: { output_tokens } })}\n\n`)
  for (const bad of [-1, 1.5, '7', null, 1e300, {}]) {
    expect(read(delta(5), delta(bad)).counts.outputTokens).toBe(5)
  }
})

it('survives an event longer than it keeps, passes on, and says that it did not count', () => {
  const meter = new SseMeter()
  meter.push(Buffer.from('data: '))
  const mebibyte = Buffer.alloc(1024 * 1024, 'x')
  for (let i = 0; i < 40; i++) meter.push(mebibyte)
  meter.push(Buffer.from('\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n'))
  expect(meter.finished()).toBe(false)
})
