import { parseArgs } from 'node:util'
import { Failure } from '@latchstring/protocol'
import { emailAddress } from '@latchstring/protocol/api/shapes'
import type { Command } from '../command.ts'
import { readConfig } from '../config.ts'
import { withConsole } from '../with-console.ts'

export const init: Command = {
  summary: 'Set up without a browser: organisation, owner, admin key.',
  help: `latchstring init --organization Acme --owner ada@acme.test --json

Creates the organisation and its owner and prints, once, an admin key and a sign-in link for the owner.

  --organization NAME   the organisation's name
  --owner EMAIL         the owner's e-mail address
  --json                print {"organization_id", "admin_api_key", "sign_in_link"}`,
  async run(host) {
    const { organization, owner, json } = readArguments(host.args)
    const made = await withConsole(readConfig(host.env, host.folder), console =>
      console.initialize({ organization, email: owner }),
    )
    if (json) {
      host.out(
        JSON.stringify({
          organization_id: made.organizationId,
          admin_api_key: made.adminApiKey,
          sign_in_link: made.signInLink,
        }),
      )
      return 0
    }
    host.err('These are shown once.')
    host.out(`organization_id  ${made.organizationId}`)
    host.out(`admin_api_key    ${made.adminApiKey}`)
    host.out(`sign_in_link     ${made.signInLink}`)
    host.err('Next: latchstring serve, then open the sign-in link within 15 minutes.')
    return 0
  },
}

function readArguments(args: string[]) {
  const options = {
    organization: { type: 'string' },
    owner: { type: 'string' },
    json: { type: 'boolean' },
  } as const
  const misused = (message: string) => new Failure('configuration_invalid', { message })
  let values: { organization?: string; owner?: string; json?: boolean }
  try {
    values = parseArgs({ args, options }).values
  } catch (cause) {
    throw new Failure('configuration_invalid', { message: (cause as Error).message, cause })
  }
  const organization = values.organization?.trim()
  if (!organization) throw misused('--organization: give the organisation’s name.')
  const owner = emailAddress.safeParse(values.owner)
  if (!owner.success) throw misused('--owner: give one e-mail address.')
  return { organization, owner: owner.data, json: values.json === true }
}
