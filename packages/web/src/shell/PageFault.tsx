import { Stack, Title } from '@mantine/core'
import type { ErrorComponentProps } from '@tanstack/react-router'
import { useRouter } from '@tanstack/react-router'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { BareFrame } from '../frames/BareFrame.tsx'

const title = 'This page cannot be shown'

function useAgain(reset: () => void) {
  const router = useRouter()
  return () => {
    reset()
    void router.invalidate()
  }
}

/** What stands in place of a page that could not be shown; the request id is there where the server gave one. */
export function PageFault({ error, reset }: ErrorComponentProps) {
  return (
    <BareFrame title={title}>
      <FailureAlert failure={error} onRetry={useAgain(reset)} />
    </BareFrame>
  )
}

/** The same, beside the navigation. */
export function FaultInConsole({ error, reset }: ErrorComponentProps) {
  return (
    <Stack maw={560}>
      <Title order={1}>{title}</Title>
      <FailureAlert failure={error} onRetry={useAgain(reset)} />
    </Stack>
  )
}
