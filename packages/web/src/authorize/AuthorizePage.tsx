import { Stack, Text } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { useAnswer } from '../api/answers.ts'
import { api } from '../api/console.ts'
import { Asking } from '../asking/Asking.tsx'
import { useAction } from '../confirm/use-action.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { BareFrame } from '../frames/BareFrame.tsx'
import { Pending } from '../waiting/Pending.tsx'

/** A program on this machine asks to sign in by this browser (authorization code flow, RFC 8252). */
export default function AuthorizePage() {
  const { uid = '' } = useParams({ strict: false }) as { uid?: string }
  const { data, error } = useAnswer('oauth', 'getInteraction', { params: { uid } })
  const decide = useAction(
    (approve: boolean) => api.oauth.decideInteraction({ params: { uid }, body: { approve } }),
    {
      changes: ['sessions'],
      onDone: ({ redirect_to }) => window.location.assign(redirect_to),
    },
  )
  if (error)
    return (
      <BareFrame title="This sign-in cannot go on">
        <FailureAlert failure={error} />
      </BareFrame>
    )
  if (!data)
    return (
      <BareFrame title="Let this program in?">
        <Pending />
      </BareFrame>
    )
  return (
    <BareFrame title="Let this program in?">
      <Stack gap="sm">
        <Asking
          asking={data}
          more={[['Answer goes to', data.redirect_host]]}
          pending={decide.isPending || decide.isSuccess}
          failure={decide.error}
          onDecide={approve => decide.mutate(approve)}
        />
        {decide.isSuccess && (
          <Text role="status" c="dimmed">
            You can go back to your terminal.
          </Text>
        )}
      </Stack>
    </BareFrame>
  )
}
