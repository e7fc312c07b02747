import { Anchor, Button, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { safeReturnTo } from '../address/return-to.ts'
import { useAnswer } from '../api/answers.ts'
import { api } from '../api/console.ts'
import { useSession } from '../api/session.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { Icon } from '../icons/Icon.tsx'
import { signInByPasskey } from '../passkeys/ceremonies.ts'

/** The two ways to show again that it is you: a passkey, or a link that comes back to this page. */
export function ConfirmForm({ onConfirmed }: { onConfirmed: () => void }) {
  const { user } = useSession()
  const { data: state } = useAnswer('signIn', 'state')
  const here = safeReturnTo(window.location.pathname + window.location.search)
  const passkey = useMutation({ mutationFn: () => signInByPasskey(here), onSuccess: onConfirmed })
  const link = useMutation({
    mutationFn: () => api.signIn.sendLink({ body: { email: user.email, return_to: here } }),
  })

  if (link.isSuccess)
    return (
      <Stack gap="sm">
        <Text>
          A link is on its way to <b>{user.email}</b>. Open it in this browser: it brings you back to this
          page, and you do this step again.
        </Text>
        {state?.outbox_readable && <Anchor href="/outbox">Open the outbox of this server</Anchor>}
      </Stack>
    )
  return (
    <Stack gap="sm">
      <Text>
        You are signed in as <b>{user.email}</b>. This step needs a sign-in from the last 15 minutes.
      </Text>
      <FailureAlert failure={passkey.error ?? link.error} />
      <Button
        data-autofocus
        leftSection={<Icon name="passkey" />}
        loading={passkey.isPending}
        onClick={() => passkey.mutate()}
      >
        Confirm with a passkey
      </Button>
      <Button variant="default" loading={link.isPending} onClick={() => link.mutate()}>
        Mail me a link
      </Button>
    </Stack>
  )
}
