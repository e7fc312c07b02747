import { Button, Group, Modal, PasswordInput, Radio, Stack, TextInput } from '@mantine/core'
import type { FormEvent } from 'react'
import { useState } from 'react'
import { api } from '../api/console.ts'
import { useAction } from '../confirm/use-action.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import type { Provider } from './kinds.ts'
import { kindTitles } from './kinds.ts'

type Kind = Provider['kind']

export function AddProvider({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Add a provider"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <AddForm onAdded={onClose} />
    </Modal>
  )
}

function AddForm({ onAdded }: { onAdded: () => void }) {
  const [kind, setKind] = useState<Kind>('anthropic')
  const [name, setName] = useState('')
  const [baseUrl, setBaseUrl] = useState('https://api.anthropic.com')
  const [secret, setSecret] = useState('')
  const add = useAction(
    () => {
      const named = name.trim() === '' ? {} : { name }
      return api.providers.create({
        body: kind === 'sandbox' ? { kind, ...named } : { kind, ...named, base_url: baseUrl, secret },
      })
    },
    { changes: ['providers'], onDone: onAdded },
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate()
  }
  return (
    <form onSubmit={submit} autoComplete="off">
      <Stack gap="md">
        <Radio.Group label="Kind" value={kind} onChange={value => setKind(value as Kind)}>
          <Stack gap={8} mt={6}>
            <Radio
              value="anthropic"
              label="Anthropic"
              description="Forwards each call unchanged to an address that speaks the Messages API."
            />
            <Radio
              value="sandbox"
              label="Sandbox"
              description="Built in: answers by itself, for trying things out. Needs no account."
            />
          </Stack>
        </Radio.Group>
        <TextInput
          label="Name (optional)"
          maxLength={100}
          placeholder={kindTitles[kind]}
          value={name}
          onChange={event => setName(event.currentTarget.value)}
        />
        {kind === 'anthropic' && (
          <>
            <TextInput
              label="Base URL"
              type="url"
              required
              maxLength={500}
              value={baseUrl}
              onChange={event => setBaseUrl(event.currentTarget.value)}
            />
            <PasswordInput
              label="Key"
              description="An API key of your organisation. It is sealed and never shown again."
              required
              minLength={8}
              autoComplete="off"
              value={secret}
              onChange={event => setSecret(event.currentTarget.value)}
            />
          </>
        )}
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
