import { Anchor, Code, Stack, Text } from '@mantine/core'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { BareFrame } from '../frames/BareFrame.tsx'

/** Opened without a link, with a used one, or where there is nothing left to set up. */
export function NoSetUpLink({ failure, setUp }: { failure: unknown; setUp: boolean }) {
  if (setUp)
    return (
      <BareFrame title="This server is set up already">
        <Stack gap="sm">
          <FailureAlert failure={failure} />
          <Text>
            If you set it up, <Anchor href="/sign-in">sign in</Anchor>. If you should be a member, ask an
            owner to add you.
          </Text>
          <Text c="dimmed">
            Nobody can sign in any more? On the host, <Code>latchstring sign-in-link EMAIL</Code> prints a
            link.
          </Text>
        </Stack>
      </BareFrame>
    )
  return (
    <BareFrame title={failure ? 'This set-up link is no good' : 'Open the set-up link'}>
      <Stack gap="sm">
        <FailureAlert failure={failure} />
        <Text>
          The server prints a set-up link when it starts. Open it here, whole: its last part, after the #, is
          the secret, and works once.
        </Text>
        <Text c="dimmed">
          Lost it? Run <Code>latchstring serve</Code> again: while nobody has set the server up, it prints a
          new one.
        </Text>
      </Stack>
    </BareFrame>
  )
}
