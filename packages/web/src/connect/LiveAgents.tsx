import { Anchor } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useAnswer } from '../api/answers.ts'
import { useSession } from '../api/session.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { Time } from '../times/Time.tsx'
import classes from './ConnectPage.module.css'

/** Your agents that are signed in now, asked for every few seconds: the page sees a login succeed. */
export function LiveAgents() {
  const { user } = useSession()
  const { data, error } = useAnswer(
    'sessions',
    'list',
    { query: { user_id: user.id, limit: 1000 } },
    { every: 4_000 },
  )
  if (error) return <FailureAlert failure={error} />
  const agents = data?.data.filter(session => session.kind === 'agent') ?? []
  const newest = agents.reduce<string | null>(
    (latest, agent) => (latest === null || agent.created_at > latest ? agent.created_at : latest),
    null,
  )
  return (
    <p role="status" className={classes.live}>
      <span className={classes.lamp} data-on={agents.length > 0 || undefined} aria-hidden="true" />
      {agents.length === 0 ? (
        'No agent of yours is signed in yet. This line changes when one is.'
      ) : (
        <span>
          <Anchor component={Link} to="/sessions" search={{ kind: 'agent', whose: 'mine' } as never} inherit>
            {agents.length === 1 ? '1 agent signed in' : `${agents.length} agents signed in`}
          </Anchor>
          , the latest <Time at={newest} />
        </span>
      )}
    </p>
  )
}
