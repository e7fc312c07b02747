import { Alert, Anchor, Code, Stack, Tabs, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { PageHeader } from '../frames/PageHeader.tsx'
import { Icon } from '../icons/Icon.tsx'
import { CodeBlock } from '../secrets/CodeBlock.tsx'
import classes from './ConnectPage.module.css'
import { LiveAgents } from './LiveAgents.tsx'
import { isPrivateHost, snippets } from './snippets.ts'

/** What to type so that an agent gets its credential from here, from nothing to the first call. */
export default function ConnectPage() {
  const code = snippets(window.location.origin)
  return (
    <>
      <PageHeader
        title="Connect an agent"
        lead="Four steps in a terminal. At their end your agent calls models through this server, as you."
      />
      <LiveAgents />
      <ol className={classes.steps}>
        <Step number={1} title="Install latch">
          <CodeBlock code={code.install} name="the install command" />
          <Text c="dimmed">
            It fetches the latch that fits this server, checks its sum and needs Node.js 20.19 or newer.{' '}
            <Anchor href="/install" inherit>
              The script, the file and its SHA-256
            </Anchor>
            .
          </Text>
        </Step>
        <Step number={2} title="Sign in">
          <CodeBlock code={code.login} name="the login command" />
          <Text c="dimmed">
            A browser opens and asks you to approve. Over SSH, in a container, or without a display it shows a
            code instead, which you enter at{' '}
            <Anchor component={Link} to="/device" inherit>
              {window.location.host}/device
            </Anchor>
            ; <Code>--device</Code> asks for that at once.
          </Text>
        </Step>
        <Step number={3} title="Give the credential to Claude Code">
          <HandOver code={code} />
        </Step>
        <Step number={4} title="Make a first call">
          <CodeBlock code={code.request} name="the first request" />
          <Text c="dimmed">
            The model <Code>sandbox</Code> answers by itself and needs no account anywhere. The call then
            stands on the{' '}
            <Anchor component={Link} to="/" inherit>
              home page
            </Anchor>
            .
          </Text>
        </Step>
      </ol>
    </>
  )
}

function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <li className={classes.step}>
      <span className={classes.number} aria-hidden="true">
        {number}
      </span>
      <Stack gap="xs" miw={0}>
        <Title order={2}>{title}</Title>
        {children}
      </Stack>
    </li>
  )
}

/** Helper or gateway login: one or the other. */
function HandOver({ code }: { code: ReturnType<typeof snippets> }) {
  return (
    <Tabs defaultValue="helper" keepMounted={false}>
      <Tabs.List>
        <Tabs.Tab value="helper">By helper</Tabs.Tab>
        <Tabs.Tab value="gateway">By gateway login</Tabs.Tab>
        <Tabs.Tab value="exec">Any command</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="helper" pt="sm">
        <Stack gap="xs">
          <Text>
            In <Code>~/.claude/settings.json</Code>, or in the managed settings of the machine:
          </Text>
          <CodeBlock code={code.helperSettings} name="the settings" />
          <Text c="dimmed">
            Claude Code runs <Code>{code.token}</Code> when it needs a token. Works at any address.
          </Text>
        </Stack>
      </Tabs.Panel>
      <Tabs.Panel value="gateway" pt="sm">
        <Stack gap="xs">
          <Text>
            In the managed settings of the machine; the agent then signs in by itself, without latch:
          </Text>
          <CodeBlock code={code.gatewaySettings} name="the managed settings" />
          {!isPrivateHost(window.location.hostname) && (
            <Alert color="yellow" variant="light" icon={<Icon name="warning" />} p="sm">
              <Text size="sm">
                A stock agent refuses a gateway at a public address (“Gateway hosts must be on your
                organization’s private network”). Unless {window.location.hostname} leads to a private one,
                use the helper.
              </Text>
            </Alert>
          )}
          <Text c="dimmed">
            A stock agent takes a gateway at a private or loopback address only. Choose helper or gateway
            login, not both.
          </Text>
        </Stack>
      </Tabs.Panel>
      <Tabs.Panel value="exec" pt="sm">
        <Stack gap="xs">
          <Text>
            Runs a command with the credential and this server’s address in its environment, and nowhere else:
          </Text>
          <CodeBlock code={code.exec} name="the command" />
          <Text>Or take the token itself:</Text>
          <CodeBlock code={code.token} name="the token command" />
          <Text c="dimmed">
            For a machine without a person, such as a CI job, create a{' '}
            <Anchor component={Link} to="/keys" inherit>
              key
            </Anchor>
            .
          </Text>
        </Stack>
      </Tabs.Panel>
    </Tabs>
  )
}
