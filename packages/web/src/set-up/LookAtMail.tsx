import { Anchor, Stack, Text } from '@mantine/core'
import { useAnswer } from '../api/answers.ts'
import { BareFrame } from '../frames/BareFrame.tsx'

export function LookAtMail({ email }: { email: string }) {
  const { data: state } = useAnswer('signIn', 'state')
  return (
    <BareFrame title="Look at your mail">
      <Stack gap="sm">
        <Text>
          A sign-in link is on its way to <b>{email}</b>. Open it in this browser within 15 minutes.
        </Text>
        {state?.mail === 'outbox' && (
          <Text c="dimmed">
            This server sends no mail yet: it writes it to its outbox folder.{' '}
            {!state.outbox_readable && (
              <>
                On the host, <code>latchstring sign-in-link {email}</code> prints a link too.
              </>
            )}
          </Text>
        )}
        {state?.outbox_readable && <Anchor href="/outbox">Open the outbox of this server</Anchor>}
      </Stack>
    </BareFrame>
  )
}
