/** `./dev`: the table of everything that can be asked of this repository. */
type Command = {
  help: string
  example: string
  load: () => Promise<{ run: (args: string[]) => Promise<number> }>
}

const commands: Record<string, Command> = {
  start: {
    help: 'build, then serve in the foreground',
    example: 'LATCHSTRING_DATA=/tmp/trial ./dev start',
    load: () => import('./commands/start.ts'),
  },
  test: {
    help: 'build, then run every test; the last line is the sum',
    example: './dev test packages/protocol',
    load: () => import('./commands/test.ts'),
  },
  check: {
    help: 'the one gate: format, lint, types, floors, generated pages, links',
    example: './dev check --fix   (formats and regenerates first)',
    load: () => import('./commands/check.ts'),
  },
  build: {
    help: 'compile what changed: packages, latch, web; or latch alone',
    example: './dev build latch',
    load: () => import('./commands/build.ts'),
  },
  ship: {
    help: 'build, then make a folder with the server and all it needs, or its packages',
    example: './dev ship /opt/latchstring   (./dev ship --packages FOLDER)',
    load: () => import('./commands/ship.ts'),
  },
  generate: {
    help: 'rewrite the generated pages in docs/',
    example: './dev generate',
    load: () => import('./commands/generate.ts'),
  },
  tour: {
    help: 'build, then walk through the product once, printing what happens',
    example: './dev tour',
    load: () => import('./commands/tour.ts'),
  },
  bench: {
    help: 'measure one area and print a table, or one object with --json',
    example: './dev bench client --json',
    load: () => import('./commands/bench.ts'),
  },
  prove: {
    help: 'run the proofs of one area at the full figures and record them in docs/proofs.md',
    example: './dev prove gateway',
    load: () => import('./commands/prove.ts'),
  },
}

function help(): string {
  const rows = [
    ...Object.entries(commands).map(([name, { help, example }]) => [name, help, example]),
    ['node', 'the Node.js of this repository', './dev node script.ts'],
    ['npm', 'npm on that Node.js', './dev npm ls'],
  ]
  const lines = rows.map(
    ([name = '', help = '', example = '']) => `  ${name.padEnd(10)}${help}\n${' '.repeat(12)}${example}`,
  )
  return `./dev <command>\n\n${lines.join('\n')}\n`
}

const [name = 'help', ...args] = process.argv.slice(2)
if (['help', '--help', '-h'].includes(name)) {
  process.stdout.write(help())
} else if (Object.hasOwn(commands, name) && commands[name]) {
  const { run } = await commands[name].load()
  process.exitCode = await run(args)
} else {
  process.stderr.write(`dev: there is no command "${name}".\n\n${help()}`)
  process.exitCode = 2
}
