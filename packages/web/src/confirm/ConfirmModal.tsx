import { Modal } from '@mantine/core'
import { ConfirmForm } from './ConfirmForm.tsx'

/** The dialog of `ConfirmItIsYou`, loaded when it is first needed. */
export default function ConfirmModal({
  onConfirmed,
  onClose,
}: {
  onConfirmed: () => void
  onClose: () => void
}) {
  return (
    <Modal opened onClose={onClose} title="Confirm it is you" closeButtonProps={{ 'aria-label': 'Close' }}>
      <ConfirmForm onConfirmed={onConfirmed} />
    </Modal>
  )
}
