import { failures } from '@latchstring/protocol/codes/failures'

/** docs/errors/README.md: every failure with its status and its public sentence, in the order of the table. */
export function errorsIndex(): string {
  const rows = Object.entries(failures).map(
    ([code, { status, type, sentence }]) =>
      `| [${code}](${code}.md) | ${status} | \`${type}\` | ${sentence} |`,
  )
  return `${[
    '# Errors',
    '',
    'Written by `./dev generate` from `packages/protocol/src/codes/failures.ts`. Each page says what to do.',
    '',
    '| code | status | type | what it says |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n')}\n`
}
