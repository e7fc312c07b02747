import { Button, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { useState } from 'react'
import { useLinkSecrets } from '../address/link-secrets.ts'
import { useAnswer } from '../api/answers.ts'
import { api } from '../api/console.ts'
import { useForget } from '../api/session.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { BareFrame } from '../frames/BareFrame.tsx'
import { Icon } from '../icons/Icon.tsx'
import { setUpWithPasskey } from '../passkeys/ceremonies.ts'
import { Pending } from '../waiting/Pending.tsx'
import { LookAtMail } from './LookAtMail.tsx'
import { NoSetUpLink } from './NoSetUpLink.tsx'

type Way = 'passkey' | 'mail'

/** Creates the organisation and its owner. The link's secret is spent by the form only, never by opening the page. */
export default function SetUpPage() {
  const { token } = useLinkSecrets()
  const { data: state, error: stateFailure } = useAnswer('signIn', 'state')
  const forget = useForget()
  const [owner, setOwner] = useState({ organization_name: '', name: '', email: '' })
  const field = (name: keyof typeof owner) => ({
    value: owner[name],
    required: true,
    onChange: (event: { currentTarget: { value: string } }) =>
      setOwner({ ...owner, [name]: event.currentTarget.value }),
  })

  const setUp = useMutation({
    mutationFn: (way: Way) => {
      const body = { token: token ?? '', ...owner }
      return way === 'passkey' ? setUpWithPasskey(body) : api.signIn.setup({ body })
    },
    onSuccess: ({ next }) => {
      forget()
      if (next === 'signed_in') window.location.assign('/connect')
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const { submitter } = event.nativeEvent as SubmitEvent
    setUp.mutate(submitter?.getAttribute('value') === 'mail' ? 'mail' : 'passkey')
  }

  if (setUp.data?.next === 'mail_sent') return <LookAtMail email={owner.email} />
  if (!state && !stateFailure)
    return (
      <BareFrame title="Set up Latchstring">
        <Pending />
      </BareFrame>
    )
  const spent = ['setup_link_spent', 'setup_done'].includes(
    (setUp.error as { code?: string } | null)?.code ?? '',
  )
  if (!token || spent || (state?.set_up && !setUp.isPending && !setUp.isSuccess))
    return <NoSetUpLink failure={setUp.error} setUp={state?.set_up ?? false} />

  return (
    <BareFrame title="Set up Latchstring" lead="Create your organisation and its first owner: you.">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label="Organisation"
            autoComplete="organization"
            maxLength={100}
            {...field('organization_name')}
          />
          <TextInput label="Your name" autoComplete="name" maxLength={100} {...field('name')} />
          <TextInput
            label="E-mail"
            type="email"
            autoComplete="email"
            maxLength={254}
            description="You sign in with it, and links are sent to it."
            {...field('email')}
          />
          <FailureAlert failure={setUp.error} />
          <Button
            type="submit"
            value="passkey"
            mt="xs"
            leftSection={<Icon name="passkey" />}
            loading={setUp.isPending && setUp.variables === 'passkey'}
            disabled={setUp.isPending}
          >
            Create with a passkey
          </Button>
          <Button
            type="submit"
            value="mail"
            variant="default"
            loading={setUp.isPending && setUp.variables === 'mail'}
            disabled={setUp.isPending}
          >
            Create, and mail me a link
          </Button>
          <Text size="sm" c="dimmed">
            A passkey stays on your device and cannot be phished. You can add one later on the page Sessions.
          </Text>
        </Stack>
      </form>
    </BareFrame>
  )
}
