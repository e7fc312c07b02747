import { Button, SimpleGrid } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useUrlState } from '../address/use-url-state.ts'
import { useAnswer } from '../api/answers.ts'
import { useSession } from '../api/session.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { PageHeader } from '../frames/PageHeader.tsx'
import { DailyBars } from '../plots/DailyBars.tsx'
import { Calls } from './Calls.tsx'
import classes from './HomePage.module.css'
import { Totals } from './Totals.tsx'

/** What was called, by whom, and how much of it: everybody's calls for those who may see them, else your own. */
export default function HomePage() {
  const { organization, may } = useSession()
  const [state, change] = useUrlState()
  const summary = useAnswer('usage', 'summary', undefined, { every: 15_000 })
  const everybody = may('usage:read')
  return (
    <>
      <PageHeader
        title={everybody ? `Calls of ${organization.name}` : 'Your calls'}
        lead="What agents asked of models through this gateway."
        action={
          may('agents:connect') && (
            <Button component={Link} to="/connect">
              Connect an agent
            </Button>
          )
        }
      />
      <FailureAlert failure={summary.error} onRetry={() => void summary.refetch()} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md" mb="lg" style={{ alignItems: 'start' }}>
        <div className={classes.totals}>
          <Totals
            title="Last 24 hours"
            period="24h"
            totals={summary.data?.last_24_hours}
            people={everybody}
          />
          <Totals title="Last 30 days" period="30d" totals={summary.data?.last_30_days} people={everybody} />
        </div>
        <div className={classes.panel}>
          <DailyBars
            title="Calls per day"
            days={(summary.data?.days ?? []).map(day => ({ date: day.date, value: day.calls }))}
            searchOf={day => ({ day })}
          />
        </div>
      </SimpleGrid>
      <Calls state={state} change={change} />
    </>
  )
}
