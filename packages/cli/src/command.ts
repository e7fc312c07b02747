import type { World } from '@latchstring/client/world'

/** An option as it is typed; `--json` is `{ json: { type: 'boolean', … } }`. */
export type Option = { type: 'boolean'; about: string }

/** What one verb of `latch` is. Help is made from it, and from nothing else. */
export type Command = {
  /** One line for the list of commands. */
  summary: string
  /** What is typed after the verb: `[URL]`. */
  parameters: string
  /** The first thing a person reads: typed lines, each with what it does. */
  examples: readonly (readonly [line: string, does: string])[]
  options: Readonly<Record<string, Option>>
  /** How many words may follow; `rest` takes everything after `--` as it is. */
  words: { atMost: number } | 'rest'
  /** Further paragraphs of help. */
  about: string
  /** Does it and returns the exit code. Throws a LatchError to stop with its code. */
  run(world: World, typed: Typed): Promise<number>
}

/** A command line taken apart by its command's options. */
export type Typed = { words: readonly string[]; options: Readonly<Record<string, boolean>> }
