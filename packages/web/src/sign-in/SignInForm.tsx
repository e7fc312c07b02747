import { Anchor, Button, Code, Divider, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { useState } from 'react'
import { safeReturnTo } from '../address/return-to.ts'
import { api } from '../api/console.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { Icon } from '../icons/Icon.tsx'
import { signInByPasskey } from '../passkeys/ceremonies.ts'

type Props = { returnTo: string; mail: 'smtp' | 'outbox'; outboxReadable: boolean }

/** A passkey, or a link by e-mail. */
export function SignInForm({ returnTo, mail, outboxReadable }: Props) {
  const [email, setEmail] = useState('')
  const passkey = useMutation({
    mutationFn: () => signInByPasskey(returnTo),
    onSuccess: ({ return_to }) => window.location.assign(safeReturnTo(return_to)),
  })
  const link = useMutation({
    mutationFn: () => api.signIn.sendLink({ body: { email, return_to: returnTo } }),
  })
  const send = (event: FormEvent) => {
    event.preventDefault()
    link.mutate()
  }

  if (link.isSuccess)
    return (
      <Stack gap="sm" role="status">
        <Text>
          If <b>{email}</b> belongs to a member, a link is on its way. Open it in this browser within 15
          minutes.
        </Text>
        {mail === 'outbox' && (
          <Text size="sm" c="dimmed">
            This server sends no mail: it writes it to its outbox folder. On the host,{' '}
            <Code>latchstring sign-in-link {email}</Code> prints a link too.
          </Text>
        )}
        {outboxReadable && <Anchor href="/outbox">Open the outbox of this server</Anchor>}
        <Button variant="default" onClick={() => link.reset()}>
          Use another address
        </Button>
      </Stack>
    )
  return (
    <Stack gap="md">
      <FailureAlert failure={passkey.error} />
      <Button
        leftSection={<Icon name="passkey" />}
        loading={passkey.isPending || passkey.isSuccess}
        onClick={() => passkey.mutate()}
      >
        Sign in with a passkey
      </Button>
      <Divider label="or" />
      <form onSubmit={send}>
        <Stack gap="sm">
          <TextInput
            label="E-mail"
            type="email"
            autoComplete="username webauthn"
            required
            maxLength={254}
            value={email}
            onChange={event => setEmail(event.currentTarget.value)}
          />
          <FailureAlert failure={link.error} />
          <Button type="submit" variant="default" loading={link.isPending}>
            Mail me a link
          </Button>
        </Stack>
      </form>
    </Stack>
  )
}
