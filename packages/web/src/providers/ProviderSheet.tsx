import { Anchor, Button, Code, Divider, Group, PasswordInput, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { useState } from 'react'
import { api } from '../api/console.ts'
import { useSession } from '../api/session.ts'
import { ConfirmDialog } from '../confirm/ConfirmDialog.tsx'
import { useAction } from '../confirm/use-action.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { DetailSheet, Facts } from '../sheets/DetailSheet.tsx'
import { Time } from '../times/Time.tsx'
import type { Provider } from './kinds.ts'
import { kindTitles } from './kinds.ts'

export function ProviderSheet({
  provider,
  onClose,
}: {
  provider: Provider | undefined
  onClose: () => void
}) {
  const { may } = useSession()
  return (
    <DetailSheet title={provider?.name ?? 'Provider'} opened={provider !== undefined} onClose={onClose}>
      {provider && (
        <Stack gap="lg" key={provider.id}>
          <Facts
            rows={[
              ['Kind', kindTitles[provider.kind]],
              ['Address', provider.base_url],
              ['Secret', provider.secret_hint && <Code>{provider.secret_hint}</Code>],
              ['Added', <Time key="added" at={provider.created_at} />],
              ['Id', <Code key="id">{provider.id}</Code>],
              [
                'Audit',
                may('audit:read') && (
                  <Anchor component={Link} to="/audit" search={{ target_id: provider.id } as never} inherit>
                    Audit lines of this provider
                  </Anchor>
                ),
              ],
            ]}
          />
          {may('providers:write') && (
            <>
              <Divider />
              {provider.kind !== 'sandbox' && <NewSecret provider={provider} />}
              <Remove provider={provider} onRemoved={onClose} />
            </>
          )}
        </Stack>
      )}
    </DetailSheet>
  )
}

function NewSecret({ provider }: { provider: Provider }) {
  const [secret, setSecret] = useState('')
  const replace = useAction(
    () => api.providers.change({ params: { provider_id: provider.id }, body: { secret } }),
    { changes: ['providers'], onDone: () => setSecret('') },
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    replace.mutate()
  }
  return (
    <form onSubmit={submit} autoComplete="off">
      <Stack gap="xs">
        <Group align="flex-end" gap="xs" wrap="nowrap">
          <PasswordInput
            label="New key"
            required
            minLength={8}
            autoComplete="off"
            flex={1}
            value={secret}
            onChange={event => setSecret(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" loading={replace.isPending} disabled={secret === ''}>
            Replace
          </Button>
        </Group>
        {replace.isSuccess && (
          <Text size="sm" role="status">
            Replaced. Calls that begin now use the new key.
          </Text>
        )}
        <FailureAlert failure={replace.error} />
      </Stack>
    </form>
  )
}

function Remove({ provider, onRemoved }: { provider: Provider; onRemoved: () => void }) {
  const [asking, setAsking] = useState(false)
  const remove = useAction(() => api.providers.remove({ params: { provider_id: provider.id } }), {
    changes: ['providers'],
    onDone: () => {
      setAsking(false)
      onRemoved()
    },
  })
  return (
    <div>
      <Button color="red" variant="light" onClick={() => setAsking(true)}>
        Remove
      </Button>
      <ConfirmDialog
        opened={asking}
        title={`Remove ${provider.name}?`}
        verb="Remove the provider"
        pending={remove.isPending}
        failure={remove.error}
        onConfirm={() => remove.mutate()}
        onClose={() => setAsking(false)}
      >
        <Text>
          Its secret is deleted. Calls that only this provider can answer are refused from now on; calls under
          way finish.
        </Text>
      </ConfirmDialog>
    </div>
  )
}
