import { Text } from '@mantine/core'
import { api } from '../api/console.ts'
import { ConfirmDialog } from '../confirm/ConfirmDialog.tsx'
import { useAction } from '../confirm/use-action.ts'
import type { LiveSession } from './live-session.ts'
import { programName } from './program-name.ts'

type Props = { session: LiveSession | undefined; onClose: (ended: boolean) => void }

/** Names what ending this session does, then ends it. */
export function EndSession({ session, onClose }: Props) {
  const end = useAction((session: LiveSession) => api.sessions.end({ params: { session_id: session.id } }), {
    changes: ['sessions'],
    onDone: (_, session) => {
      if (session.current) window.location.assign('/sign-in')
      else onClose(true)
    },
  })
  return (
    <ConfirmDialog
      opened={session !== undefined}
      title={session?.current ? 'Sign yourself out?' : 'End this session?'}
      verb={session?.current ? 'Sign out' : 'End the session'}
      pending={end.isPending}
      failure={end.error}
      onConfirm={() => session && end.mutate(session)}
      onClose={() => {
        end.reset()
        onClose(false)
      }}
    >
      {session && <Text>{whatHappens(session)}</Text>}
    </ConfirmDialog>
  )
}

function whatHappens(session: LiveSession): string {
  const program = programName(session.user_agent)
  if (session.current) return 'This is the browser you are using. You go back to the sign-in page.'
  if (session.kind === 'web') return `${program} of ${session.user.name} is signed out at its next request.`
  return `“${program}” of ${session.user.name} is refused at its next request. Its machine runs latch login to come back.`
}
