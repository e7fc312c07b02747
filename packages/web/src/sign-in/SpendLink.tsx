import { Anchor, Button, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { safeReturnTo } from '../address/return-to.ts'
import { api } from '../api/console.ts'
import { asFailure } from '../api/failure.ts'
import { useForget } from '../api/session.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { BareFrame } from '../frames/BareFrame.tsx'

const again = (returnTo: string) =>
  returnTo === '/' ? '/sign-in' : `/sign-in?return_to=${encodeURIComponent(returnTo)}`

/** What to do about a link that did not open, beyond what the failure says. */
const advice: Record<string, string> = {
  sign_in_link_spent: 'Links work once and for 15 minutes. Some mail programs open links before you do.',
  sign_in_link_elsewhere: 'This keeps a link that somebody else asked for from signing you in as them.',
}

/** Opened from a mailed link. Nothing is spent by opening: mail scanners open links too, so a person presses here. */
export function SpendLink({ token, returnTo }: { token: string; returnTo: string }) {
  const forget = useForget()
  const spend = useMutation({
    mutationFn: () => api.signIn.spendLink({ body: { token } }),
    onSuccess: ({ return_to }) => {
      forget()
      window.location.assign(safeReturnTo(return_to))
    },
  })
  if (spend.isError)
    return (
      <BareFrame title="This link did not sign you in">
        <Stack gap="sm">
          <FailureAlert failure={spend.error} />
          {advice[asFailure(spend.error).code] && (
            <Text c="dimmed">{advice[asFailure(spend.error).code]}</Text>
          )}
          {/* A full load: the page comes up without the link's secret. */}
          <Anchor href={again(returnTo)}>Ask for a new link</Anchor>
        </Stack>
      </BareFrame>
    )
  return (
    <BareFrame title="Finish signing in" lead="Press Continue to sign in on this browser.">
      <Stack gap="sm">
        <Button loading={spend.isPending || spend.isSuccess} onClick={() => spend.mutate()}>
          Continue
        </Button>
        <Text c="dimmed" size="sm">
          You did not ask for a link? Close this page: nothing has happened.
        </Text>
      </Stack>
    </BareFrame>
  )
}
