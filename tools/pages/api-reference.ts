import { endpoints } from '@latchstring/protocol/api'
import { openApi } from '@latchstring/protocol/api/openapi'

const heading = (noun: string) => noun.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

/** docs/api.md: every address by noun, who may call it, what it writes to the audit log, and an example answer. */
export function apiPage(): string {
  const nouns = [...new Set(endpoints.map(({ name }) => name.split('.')[0] ?? name))]
  const sections = nouns.flatMap(noun => {
    const own = endpoints.filter(({ name }) => name.startsWith(`${noun}.`))
    return [
      '',
      `## ${heading(noun)}`,
      ...own.flatMap(
        ({ name, method, path, summary, access, event, failures = [], status = 200, example }) => [
          '',
          `### \`${method} ${path}\``,
          '',
          `${summary} (\`${name}\`)`,
          '',
          `- Who: \`${access}\``,
          ...(event ? [`- Audit: \`${event}\``] : []),
          ...(failures.length > 0
            ? [`- Own errors: ${failures.map(code => `[${code}](errors/${code}.md)`).join(', ')}`]
            : []),
          `- Answers ${status}:`,
          '',
          '```json',
          JSON.stringify(example, null, 2),
          '```',
        ],
      ),
    ]
  })
  return `${[
    '# API',
    '',
    'Written by `./dev generate` from the endpoint table in `packages/protocol/src/api.ts`; the shapes of requests are in',
    '[openapi.json](openapi.json), the errors any address may answer in [errors](errors/README.md).',
    ...sections,
  ].join('\n')}\n`
}

/** docs/openapi.json: OpenAPI 3.1 of the same table. */
export const openApiPage = () => `${JSON.stringify(openApi(endpoints), null, 2)}\n`
