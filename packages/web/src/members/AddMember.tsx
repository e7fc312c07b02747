import type { Role } from '@latchstring/protocol/codes/roles'
import { Button, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import type { FormEvent } from 'react'
import { useState } from 'react'
import { api } from '../api/console.ts'
import { useSession } from '../api/session.ts'
import { useAction } from '../confirm/use-action.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { CodeBlock } from '../secrets/CodeBlock.tsx'
import { roleChoices, roleSentences } from './role-choices.ts'

export function AddMember({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [added, setAdded] = useState<string>()
  const close = () => {
    onClose()
    setAdded(undefined)
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={added ? 'Member added' : 'Add a member'}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {added ? (
        <Stack gap="sm">
          <Text>
            <b>{added}</b> signs in by e-mail link at:
          </Text>
          <CodeBlock code={`${window.location.origin}/sign-in`} name="the address" />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Done
            </Button>
          </Group>
        </Stack>
      ) : (
        <AddForm onAdded={setAdded} />
      )}
    </Modal>
  )
}

function AddForm({ onAdded }: { onAdded: (email: string) => void }) {
  const { user } = useSession()
  const [email, setEmail] = useState('')
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('developer')
  const add = useAction(
    () => api.members.add({ body: { email, role, ...(name.trim() !== '' && { name }) } }),
    { changes: ['members'], onDone: member => onAdded(member.email) },
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label="E-mail"
          type="email"
          required
          maxLength={254}
          data-autofocus
          value={email}
          onChange={event => setEmail(event.currentTarget.value)}
        />
        <TextInput
          label="Name (optional)"
          maxLength={100}
          value={name}
          onChange={event => setName(event.currentTarget.value)}
        />
        <NativeSelect
          label="Role"
          description={roleSentences[role]}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          data={roleChoices(user.role)}
          value={role}
          onChange={event => setRole(event.currentTarget.value as Role)}
        />
        <FailureAlert failure={add.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={add.isPending}>
            Add
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
