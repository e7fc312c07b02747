import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useSession } from '../api/session.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { Icon } from '../icons/Icon.tsx'
import { Facts } from '../sheets/DetailSheet.tsx'
import { Time } from '../times/Time.tsx'

type Props = {
  asking: { client: string; user_agent: string; address: string; asked_at: string; expires_at: string }
  /** Facts of this way of asking. */
  more: readonly (readonly [name: string, value: ReactNode])[]
  pending: boolean
  failure: unknown
  onDecide: (approve: boolean) => void
}

/** What asks to act in somebody's name, from where, since when; and the two answers. */
export function Asking({ asking, more, pending, failure, onDecide }: Props) {
  const { user, organization } = useSession()
  return (
    <Stack gap="md">
      <Alert color="yellow" variant="light" icon={<Icon name="warning" />} p="sm">
        <Text size="sm">
          Approve only if you started this yourself, just now. It will call models in your name.
        </Text>
      </Alert>
      <Facts
        rows={[
          ...more,
          ['What asks', asking.client],
          ['Calls itself', asking.user_agent],
          ['From address', asking.address],
          ['Asked', <Time key="asked" at={asking.asked_at} />],
          ['Ends', <Time key="ends" at={asking.expires_at} />],
          ['Signs in as', `${user.email}, ${organization.name}`],
        ]}
      />
      <FailureAlert failure={failure} />
      <Group grow gap="sm">
        <Button variant="default" disabled={pending} onClick={() => onDecide(false)}>
          Refuse
        </Button>
        <Button loading={pending} onClick={() => onDecide(true)}>
          Approve
        </Button>
      </Group>
    </Stack>
  )
}
