import { Anchor, Button, Stack, Text, TextInput } from '@mantine/core'
import type { FormEvent } from 'react'
import { useState } from 'react'
import { useUrlState } from '../address/use-url-state.ts'
import { api } from '../api/console.ts'
import { useSession } from '../api/session.ts'
import { Asking } from '../asking/Asking.tsx'
import { useAction } from '../confirm/use-action.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { BareFrame } from '../frames/BareFrame.tsx'
import { spellUserCode } from './user-code.ts'

/**
 * A person compares the code that their terminal shows, sees what asks, and decides. A code in the address only fills
 * the field: a link that somebody sends must not go further by itself (RFC 8628 §5.4).
 */
export default function DevicePage() {
  const { user } = useSession()
  const [state, change] = useUrlState()
  const [code, setCode] = useState(() => spellUserCode(state['user_code'] ?? ''))
  const find = useAction(() => api.oauth.findDevice({ body: { user_code: code } }))
  const decide = useAction(
    (approve: boolean) => api.oauth.decideDevice({ body: { user_code: code, approve } }),
    { changes: ['sessions'] },
  )
  const look = (event: FormEvent) => {
    event.preventDefault()
    // In the address, so that a sign-in by mail comes back to this code.
    change({ user_code: code })
    find.mutate()
  }
  const foot = (
    <>
      Signed in as {user.email}. <Anchor href="/">Go to the console</Anchor>
    </>
  )

  if (decide.isSuccess)
    return (
      <BareFrame title={decide.data.approved ? 'Approved' : 'Refused'} foot={foot}>
        <Text role="status">
          {decide.data.approved
            ? 'You can go back to your terminal. It is signed in within a few seconds.'
            : 'Nothing was let in. You can close this page.'}
        </Text>
      </BareFrame>
    )
  if (find.data)
    return (
      <BareFrame title="Let this agent in?" foot={foot}>
        <Asking
          asking={find.data}
          more={[['Code', <b key="code">{spellUserCode(find.data.user_code)}</b>]]}
          pending={decide.isPending}
          failure={decide.error}
          onDecide={approve => decide.mutate(approve)}
        />
      </BareFrame>
    )
  return (
    <BareFrame
      title="Approve an agent"
      lead={
        state['user_code'] && !find.isError
          ? 'Does your terminal show this code?'
          : 'Enter the code that your terminal shows.'
      }
      foot={foot}
    >
      <form onSubmit={look}>
        <Stack gap="sm">
          <TextInput
            label="Code"
            size="lg"
            required
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            placeholder="XXXX-XXXX"
            value={code}
            onChange={event => setCode(spellUserCode(event.currentTarget.value))}
            styles={{
              input: { fontFamily: 'var(--mantine-font-family-monospace)', letterSpacing: '0.12em' },
            }}
          />
          <FailureAlert failure={find.error} />
          <Button type="submit" loading={find.isPending}>
            Continue
          </Button>
        </Stack>
      </form>
    </BareFrame>
  )
}
