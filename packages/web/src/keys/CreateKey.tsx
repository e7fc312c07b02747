import type { KeyKind } from '@latchstring/protocol/codes/key-kinds'
import { Button, Group, Modal, NativeSelect, NumberInput, Radio, Stack, Text, TextInput } from '@mantine/core'
import type { FormEvent } from 'react'
import { useState } from 'react'
import { api } from '../api/console.ts'
import { useAction } from '../confirm/use-action.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { CodeBlock } from '../secrets/CodeBlock.tsx'
import { SecretOnce } from '../secrets/SecretOnce.tsx'
import type { kindsAllowed, Life } from './kinds.ts'
import { lifeSeconds, lives, nextStep } from './kinds.ts'

type Props = { opened: boolean; kinds: ReturnType<typeof kindsAllowed>; onClose: () => void }

/** Asks for name, kind and life; then shows the secret, once, and what to do with it. */
export function CreateKey({ opened, kinds, onClose }: Props) {
  const [created, setCreated] = useState<{ secret: string; kind: KeyKind; name: string }>()
  const close = () => {
    onClose()
    setCreated(undefined)
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={created ? `Key “${created.name}”` : 'Create a key'}
      closeOnClickOutside={created === undefined}
      closeButtonProps={{ 'aria-label': 'Close' }}
      size={created ? 'lg' : 'md'}
    >
      {created ? (
        <Created created={created} onDone={close} />
      ) : (
        <CreateForm kinds={kinds} onCreated={setCreated} />
      )}
    </Modal>
  )
}

function Created({ created, onDone }: { created: { secret: string; kind: KeyKind }; onDone: () => void }) {
  const next = nextStep(created.kind, window.location.origin)
  return (
    <Stack gap="md">
      <SecretOnce secret={created.secret} name="the key" />
      <Stack gap="xs">
        <Text>{next.words}</Text>
        <CodeBlock code={next.code} name="the command" />
      </Stack>
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          Done
        </Button>
      </Group>
    </Stack>
  )
}

type FormProps = {
  kinds: Props['kinds']
  onCreated: (created: { secret: string; kind: KeyKind; name: string }) => void
}

function CreateForm({ kinds, onCreated }: FormProps) {
  const [name, setName] = useState('')
  const [kind, setKind] = useState<KeyKind>(kinds[0]?.value ?? 'coding_agent')
  const [life, setLife] = useState<Life>('90')
  const [days, setDays] = useState<number | string>(7)
  const create = useAction(
    () => api.keys.create({ body: { name, kind, expires_in_seconds: lifeSeconds(life, Number(days)) } }),
    { changes: ['keys'], onDone: ({ secret, kind, name }) => onCreated({ secret, kind, name }) },
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label="Name"
          description="What it is for, such as the machine or the job."
          required
          maxLength={100}
          data-autofocus
          value={name}
          onChange={event => setName(event.currentTarget.value)}
        />
        <Radio.Group label="Kind" value={kind} onChange={value => setKind(value as KeyKind)}>
          <Stack gap={8} mt={6}>
            {kinds.map(({ value, label, sentence }) => (
              <Radio key={value} value={value} label={label} description={sentence} />
            ))}
          </Stack>
        </Radio.Group>
        <Group grow align="flex-end">
          <NativeSelect
            label="Expires"
            value={life}
            data={[...lives]}
            onChange={event => setLife(event.currentTarget.value as Life)}
          />
          {life === 'custom' && (
            <NumberInput
              label="Days"
              min={1}
              max={3650}
              allowDecimal={false}
              required
              value={days}
              onChange={setDays}
            />
          )}
        </Group>
        <FailureAlert failure={create.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending}>
            Create
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
