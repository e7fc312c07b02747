import { Anchor, Button, Stack, Text } from '@mantine/core'
import { useSearch } from '@tanstack/react-router'
import { useLinkSecrets } from '../address/link-secrets.ts'
import { safeReturnTo } from '../address/return-to.ts'
import { useAnswer } from '../api/answers.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { BareFrame } from '../frames/BareFrame.tsx'
import { SignInForm } from './SignInForm.tsx'
import { SpendLink } from './SpendLink.tsx'

export default function SignInPage() {
  const { token } = useLinkSecrets()
  const { return_to } = useSearch({ strict: false }) as { return_to?: string }
  const returnTo = safeReturnTo(return_to)
  const { data: state, error, refetch } = useAnswer('signIn', 'state')

  if (token) return <SpendLink key={token} token={token} returnTo={returnTo} />
  if (error)
    return (
      <BareFrame title="Sign in">
        <FailureAlert failure={error} onRetry={() => void refetch()} />
      </BareFrame>
    )
  if (state && !state.set_up)
    return (
      <BareFrame title="This server is not set up yet">
        <Text>
          Open the set-up link that the server printed when it started. It creates the organisation.
        </Text>
      </BareFrame>
    )
  if (state?.signed_in)
    return (
      <BareFrame title="You are signed in">
        <Stack gap="sm">
          <Button component="a" href={returnTo}>
            Continue
          </Button>
          <Text c="dimmed" size="sm">
            To come in as somebody else, sign out first: the account menu is at the foot of the navigation.
          </Text>
        </Stack>
      </BareFrame>
    )
  return (
    <BareFrame
      title="Sign in"
      lead={returnTo === '/' ? undefined : 'Then you go on where you were.'}
      foot={
        state?.outbox_readable && (
          <Anchor href="/outbox" size="sm">
            Outbox of this server
          </Anchor>
        )
      }
    >
      <SignInForm
        returnTo={returnTo}
        mail={state?.mail ?? 'smtp'}
        outboxReadable={state?.outbox_readable ?? false}
      />
    </BareFrame>
  )
}
