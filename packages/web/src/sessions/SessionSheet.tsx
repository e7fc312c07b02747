import { Anchor, Button, Code, Stack } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useSession } from '../api/session.ts'
import { DetailSheet, Facts } from '../sheets/DetailSheet.tsx'
import { Time } from '../times/Time.tsx'
import type { LiveSession } from './live-session.ts'
import { kindTitles } from './live-session.ts'
import { programName } from './program-name.ts'

type Props = {
  session: LiveSession | undefined
  mayEnd: (session: LiveSession) => boolean
  onEnd: (session: LiveSession) => void
  onClose: () => void
}

export function SessionSheet({ session, mayEnd, onEnd, onClose }: Props) {
  const { may } = useSession()
  return (
    <DetailSheet
      title={session ? programName(session.user_agent) : 'Session'}
      opened={session !== undefined}
      onClose={onClose}
    >
      {session && (
        <Stack gap="lg" align="flex-start">
          <Facts
            rows={[
              ['Kind', kindTitles[session.kind] + (session.current ? ', the one you are using' : '')],
              ['Who', `${session.user.name}, ${session.user.email}`],
              ['Calls itself', session.user_agent],
              ['From address', session.address],
              ['Last used', <Time key="used" at={session.last_used_at} />],
              ['Since', <Time key="since" at={session.created_at} />],
              ['Ends by itself', <Time key="ends" at={session.expires_at} />],
              ['Id', <Code key="id">{session.id}</Code>],
              [
                'Audit',
                may('audit:read') && (
                  <Anchor component={Link} to="/audit" search={{ target_id: session.id } as never} inherit>
                    Audit lines of this session
                  </Anchor>
                ),
              ],
            ]}
          />
          {mayEnd(session) && (
            <Button color="red" variant="light" onClick={() => onEnd(session)}>
              End this session
            </Button>
          )}
        </Stack>
      )}
    </DetailSheet>
  )
}
