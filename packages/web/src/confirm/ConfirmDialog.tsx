import { Button, Group, Modal, Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { FailureAlert } from '../failures/FailureAlert.tsx'

type Props = {
  opened: boolean
  title: string
  /** What will happen, in full. */
  children: ReactNode
  /** The verb on the button. */
  verb: string
  pending: boolean
  failure: unknown
  onConfirm: () => void
  onClose: () => void
}

/** Asks before something that cannot be undone, and names what will happen. */
export function ConfirmDialog({
  opened,
  title,
  children,
  verb,
  pending,
  failure,
  onConfirm,
  onClose,
}: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack gap="md">
        <div>{children}</div>
        <FailureAlert failure={failure} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button color="red.9" loading={pending} onClick={onConfirm}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
