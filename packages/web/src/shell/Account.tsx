import { Button } from '@mantine/core'
import { api } from '../api/console.ts'
import { useSession } from '../api/session.ts'
import { useAction } from '../confirm/use-action.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import classes from './Shell.module.css'

/** Who is signed in, and the way out. */
export function Account() {
  const { user } = useSession()
  const signOut = useAction(() => api.sessions.end({ params: { session_id: 'current' } }), {
    // A full load: nothing that was read for this person stays in memory.
    onDone: () => window.location.assign('/sign-in'),
  })
  return (
    <>
      <FailureAlert failure={signOut.error} />
      <div className={classes.account}>
        <p className={classes.who}>
          <span title={user.name}>{user.name}</span>
          <span title={user.email}>{user.email}</span>
        </p>
        <Button
          size="compact-sm"
          variant="default"
          loading={signOut.isPending}
          onClick={() => signOut.mutate()}
        >
          Sign out
        </Button>
      </div>
    </>
  )
}
