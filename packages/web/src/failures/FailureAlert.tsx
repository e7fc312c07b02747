import { Alert, Anchor, Button, Code, Group, Text } from '@mantine/core'
import { signInAddress } from '../address/return-to.ts'
import { asFailure } from '../api/failure.ts'
import { Icon } from '../icons/Icon.tsx'

type Props = {
  /** Whatever was thrown; nothing is shown for null or undefined. */
  failure: unknown
  onRetry?: () => void
}

/** What went wrong, what to do, and the request id that the operator's log knows it by. */
export function FailureAlert({ failure, onRetry }: Props) {
  if (failure === null || failure === undefined) return null
  const { code, message, hint, requestId } = asFailure(failure)
  return (
    <Alert role="alert" color="red" variant="light" icon={<Icon name="warning" />} title={message}>
      {hint !== '' && <Text size="sm">{hint}</Text>}
      {code === 'not_signed_in' && (
        <Text size="sm" mt={4}>
          <Anchor size="sm" inherit href={signInAddress(window.location)}>
            Sign in
          </Anchor>{' '}
          and come back to this page.
        </Text>
      )}
      {requestId !== null && (
        <Text size="xs" mt={6}>
          Request id <Code style={{ overflowWrap: 'anywhere' }}>{requestId}</Code>
        </Text>
      )}
      {onRetry && (
        <Group mt="xs">
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        </Group>
      )}
    </Alert>
  )
}
