import { Button, Group, Modal, Stack, Text, TextInput, Title } from '@mantine/core'
import type { FormEvent } from 'react'
import { useState } from 'react'
import type { Answer } from '../api/answers.ts'
import { useAnswer } from '../api/answers.ts'
import { api } from '../api/console.ts'
import { ConfirmDialog } from '../confirm/ConfirmDialog.tsx'
import { useAction } from '../confirm/use-action.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { Empty } from '../frames/Empty.tsx'
import { addPasskey } from '../passkeys/ceremonies.ts'
import { DataTable } from '../tables/DataTable.tsx'
import { Time } from '../times/Time.tsx'

type Passkey = Answer<'signIn', 'listPasskeys'>['data'][number]

/** The passkeys of whoever looks: nobody sees anybody else's. */
export function Passkeys() {
  const passkeys = useAnswer('signIn', 'listPasskeys')
  const [adding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<Passkey>()
  const remove = useAction(
    (passkey: Passkey) => api.signIn.removePasskey({ params: { passkey_id: passkey.id } }),
    { changes: ['signIn'], onDone: () => setRemoving(undefined) },
  )
  return (
    <section aria-label="Your passkeys">
      <Group justify="space-between" mt={32} mb="xs">
        <Title order={2}>Your passkeys</Title>
        <Button variant="default" size="xs" onClick={() => setAdding(true)}>
          Add a passkey
        </Button>
      </Group>
      <DataTable
        failure={passkeys.error}
        onRetry={() => void passkeys.refetch()}
        caption="Your passkeys"
        rows={passkeys.data?.data}
        keyOf={passkey => passkey.id}
        columns={[
          { title: 'Name', cell: passkey => passkey.name },
          { title: 'Last used', cell: passkey => <Time at={passkey.last_used_at} />, narrow: true },
          { title: 'Added', cell: passkey => <Time at={passkey.created_at} />, narrow: true },
          {
            title: 'Actions',
            silent: true,
            narrow: true,
            cell: passkey => (
              <Button
                size="compact-xs"
                variant="default"
                aria-label={`Remove: ${passkey.name}`}
                onClick={() => setRemoving(passkey)}
              >
                Remove
              </Button>
            ),
          },
        ]}
        empty={
          <Empty title="No passkey yet">
            With a passkey you sign in by fingerprint, face or PIN, without waiting for mail. It cannot be
            phished.
          </Empty>
        }
      />
      <AddPasskey opened={adding} onClose={() => setAdding(false)} />
      <ConfirmDialog
        opened={removing !== undefined}
        title={`Remove “${removing?.name ?? ''}”?`}
        verb="Remove the passkey"
        pending={remove.isPending}
        failure={remove.error}
        onConfirm={() => removing && remove.mutate(removing)}
        onClose={() => {
          remove.reset()
          setRemoving(undefined)
        }}
      >
        <Text>
          It no longer signs you in. Sessions that it opened stay open. Your device may keep offering it:
          delete it there too.
        </Text>
      </ConfirmDialog>
    </section>
  )
}

function AddPasskey({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [name, setName] = useState('')
  const add = useAction(() => addPasskey(name), {
    changes: ['signIn'],
    onDone: () => {
      setName('')
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate()
  }
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Add a passkey"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Name"
            description="Which device or password manager keeps it."
            required
            maxLength={100}
            data-autofocus
            value={name}
            onChange={event => setName(event.currentTarget.value)}
          />
          <FailureAlert failure={add.error} />
          <Group justify="flex-end">
            <Button type="submit" loading={add.isPending}>
              Continue
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
