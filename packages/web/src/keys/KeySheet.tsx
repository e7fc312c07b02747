import { Anchor, Button, Code, Divider, Group, Stack, Text, TextInput } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { useState } from 'react'
import { api } from '../api/console.ts'
import { useSession } from '../api/session.ts'
import { ConfirmDialog } from '../confirm/ConfirmDialog.tsx'
import { useAction } from '../confirm/use-action.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { DetailSheet, Facts } from '../sheets/DetailSheet.tsx'
import { Status } from '../tables/Status.tsx'
import { Time } from '../times/Time.tsx'
import type { Key } from './kinds.ts'
import { kindSentences, kindTitles, statusTitles } from './kinds.ts'

/** One key: what it is, and what can be done with it. */
export function KeySheet({ item, onClose }: { item: Key | undefined; onClose: () => void }) {
  return (
    <DetailSheet title={item?.name ?? 'Key'} opened={item !== undefined} onClose={onClose}>
      {item && <KeyDetail key={item.id} item={item} />}
    </DetailSheet>
  )
}

function KeyDetail({ item }: { item: Key }) {
  const { user, may } = useSession()
  const mine = item.created_by?.id === user.id
  const changeable = item.status !== 'archived' && (may('keys:write') || (mine && may('keys:write_own')))
  return (
    <Stack gap="lg">
      <Facts
        rows={[
          [
            'Status',
            <Status key="status" tone={statusTitles[item.status].tone}>
              {statusTitles[item.status].title}
            </Status>,
          ],
          ['Kind', `${kindTitles[item.kind]}. ${kindSentences[item.kind]}`],
          ['Key', <Code key="hint">{item.partial_key_hint}</Code>],
          ['Owner', mine ? `you, ${user.email}` : item.created_by?.id],
          ['Last used', <Time key="used" at={item.last_used_at} />],
          ['Created', <Time key="created" at={item.created_at} />],
          ['Expires', <Time key="expires" at={item.expires_at} />],
          ['Id', <Code key="id">{item.id}</Code>],
          [
            'Audit',
            may('audit:read') && (
              <Anchor component={Link} to="/audit" search={{ target_id: item.id } as never} inherit>
                Audit lines of this key
              </Anchor>
            ),
          ],
        ]}
      />
      {changeable && (
        <>
          <Divider />
          <Rename item={item} />
          <Switch item={item} />
          <Archive item={item} />
        </>
      )}
    </Stack>
  )
}

function Rename({ item }: { item: Key }) {
  const [name, setName] = useState(item.name)
  const rename = useAction(() => api.keys.change({ params: { api_key_id: item.id }, body: { name } }), {
    changes: ['keys'],
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    rename.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <TextInput
          label="Name"
          required
          maxLength={100}
          flex={1}
          value={name}
          onChange={event => setName(event.currentTarget.value)}
        />
        <Button
          type="submit"
          variant="default"
          loading={rename.isPending}
          disabled={name.trim() === item.name}
        >
          Rename
        </Button>
      </Group>
      <FailureAlert failure={rename.error} />
    </form>
  )
}

function Switch({ item }: { item: Key }) {
  const inactive = item.status === 'inactive'
  const change = useAction(
    () =>
      api.keys.change({
        params: { api_key_id: item.id },
        body: { status: inactive ? 'active' : 'inactive' },
      }),
    { changes: ['keys'] },
  )
  if (item.status === 'expired') return null
  return (
    <Stack gap={6} align="flex-start">
      <Text size="sm" c="dimmed">
        {inactive
          ? 'Switched off: every request with it is refused.'
          : 'Switching it off refuses its next request. You can switch it on again.'}
      </Text>
      <FailureAlert failure={change.error} />
      <Button variant="default" loading={change.isPending} onClick={() => change.mutate()}>
        {inactive ? 'Activate' : 'Deactivate'}
      </Button>
    </Stack>
  )
}

function Archive({ item }: { item: Key }) {
  const [asking, setAsking] = useState(false)
  const archive = useAction(
    () => api.keys.change({ params: { api_key_id: item.id }, body: { status: 'archived' } }),
    { changes: ['keys'], onDone: () => setAsking(false) },
  )
  return (
    <Stack gap={6} align="flex-start">
      <Text size="sm" c="dimmed">
        Archiving is for good. The key stays in this list, for the record.
      </Text>
      <Button color="red" variant="light" onClick={() => setAsking(true)}>
        Archive
      </Button>
      <ConfirmDialog
        opened={asking}
        title={`Archive “${item.name}”?`}
        verb="Archive the key"
        pending={archive.isPending}
        failure={archive.error}
        onConfirm={() => archive.mutate()}
        onClose={() => setAsking(false)}
      >
        <Text>
          Whatever uses {item.partial_key_hint} is refused at its next request. This cannot be undone: the
          agent or program needs a new key.
        </Text>
      </ConfirmDialog>
    </Stack>
  )
}
