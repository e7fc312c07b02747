import { Menu, UnstyledButton } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { api } from '../api/console.ts'
import { useSession } from '../api/session.ts'
import { useAction } from '../confirm/use-action.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { Icon } from '../icons/Icon.tsx'
import classes from './Shell.module.css'

/** Who is signed in, and the way out. */
export function AccountMenu() {
  const { user } = useSession()
  const signOut = useAction(() => api.sessions.end({ params: { session_id: 'current' } }), {
    // A full load: nothing that was read for this person stays in memory.
    onDone: () => window.location.assign('/sign-in'),
  })
  return (
    <>
      <FailureAlert failure={signOut.error} />
      <Menu position="top-start" width={200}>
        <Menu.Target>
          <UnstyledButton className={classes.account} aria-label={`Account of ${user.name}, ${user.email}`}>
            <span className={classes.who}>
              <span>{user.name}</span>
              <span>{user.email}</span>
            </span>
            <Icon name="chevron" />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item renderRoot={props => <Link to="/sessions" {...props} />}>
            Sessions and passkeys
          </Menu.Item>
          <Menu.Item onClick={() => signOut.mutate()}>Sign out</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  )
}
