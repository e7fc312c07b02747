import { Button } from '@mantine/core'
import { useState } from 'react'
import { useUrlState } from '../address/use-url-state.ts'
import { useAnswer } from '../api/answers.ts'
import { useSession } from '../api/session.ts'
import { Empty } from '../frames/Empty.tsx'
import { PageHeader } from '../frames/PageHeader.tsx'
import type { Column } from '../tables/DataTable.tsx'
import { DataTable } from '../tables/DataTable.tsx'
import { FilterBar, SearchField } from '../tables/FilterBar.tsx'
import { FilterSelect } from '../tables/FilterSelect.tsx'
import { matches } from '../tables/matches.ts'
import { Time } from '../times/Time.tsx'
import { EndSession } from './EndSession.tsx'
import type { LiveSession } from './live-session.ts'
import { kindTitles } from './live-session.ts'
import { Passkeys } from './Passkeys.tsx'
import { programName } from './program-name.ts'
import { SessionSheet } from './SessionSheet.tsx'

const columns = (onEnd: (session: LiveSession) => void, mayEnd: (session: LiveSession) => boolean) =>
  [
    {
      title: 'Signed in',
      cell: session => programName(session.user_agent),
    },
    {
      title: 'Kind',
      cell: session => (
        <>
          {kindTitles[session.kind]}
          {session.current && ', this one'}
        </>
      ),
      narrow: true,
    },
    { title: 'Who', cell: session => <span title={session.user.email}>{session.user.name}</span> },
    { title: 'Address', cell: session => session.address, narrow: true },
    { title: 'Last used', cell: session => <Time at={session.last_used_at} />, narrow: true },
    { title: 'Since', cell: session => <Time at={session.created_at} />, narrow: true },
    {
      title: 'Actions',
      silent: true,
      narrow: true,
      cell: session =>
        mayEnd(session) && (
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`End: ${programName(session.user_agent)}, ${session.user.name}`}
            onClick={() => onEnd(session)}
          >
            End
          </Button>
        ),
    },
  ] satisfies Column<LiveSession>[]

/** Who and what is signed in, and the passkeys of whoever looks. */
export default function SessionsPage() {
  const { user, may } = useSession()
  const [state, change] = useUrlState()
  const [ending, setEnding] = useState<LiveSession>()
  const everybody = may('sessions:read')
  const mine = state['whose'] === 'mine' || !everybody
  const sessions = useAnswer(
    'sessions',
    'list',
    { query: { limit: 1000, user_id: mine ? user.id : undefined } },
    { every: 10_000 },
  )
  const kind = state['kind'] ?? ''
  const rows = sessions.data?.data.filter(
    session =>
      (kind === '' || session.kind === kind) &&
      matches(state['q'] ?? '', [
        session.id,
        session.user.name,
        session.user.email,
        session.user_agent,
        programName(session.user_agent),
        session.address,
      ]),
  )
  const open = sessions.data?.data.find(session => session.id === state['session'])
  const mayEnd = (session: LiveSession) =>
    may('sessions:end') || (session.user.id === user.id && may('sessions:end_own'))
  const filtered = Boolean(state['q'] || kind || (everybody && state['whose']))
  const clear = () => change({ q: '', kind: '', whose: '' })

  return (
    <>
      <PageHeader
        title="Sessions"
        lead="Browsers and agents that are signed in now. Ended means refused at the next request."
      />
      <FilterBar onClear={filtered ? clear : undefined}>
        <SearchField label="Search sessions" value={state['q'] ?? ''} onChange={q => change({ q })} />
        <FilterSelect
          label="Kind"
          all="Browsers and agents"
          value={kind}
          options={[
            { value: 'agent', label: 'Agents' },
            { value: 'web', label: 'Browsers' },
          ]}
          onChange={to => change({ kind: to })}
        />
        {everybody && (
          <FilterSelect
            label="Whose"
            all="Everybody’s"
            value={state['whose'] ?? ''}
            options={[{ value: 'mine', label: 'Mine' }]}
            onChange={to => change({ whose: to })}
          />
        )}
      </FilterBar>
      <DataTable
        failure={sessions.error}
        cutOff={sessions.data?.has_more}
        onRetry={() => void sessions.refetch()}
        caption="Sessions"
        columns={columns(setEnding, mayEnd)}
        rows={rows}
        keyOf={session => session.id}
        onOpen={session => change({ session: session.id })}
        empty={
          <Empty
            title={filtered ? 'No session matches' : 'No session'}
            action={
              filtered && (
                <Button variant="default" size="xs" onClick={clear}>
                  Clear filters
                </Button>
              )
            }
          >
            {filtered ? 'It may have ended: the audit page tells when and by whom.' : 'Nobody is signed in.'}
          </Empty>
        }
      />
      <Passkeys />
      <SessionSheet
        session={open}
        mayEnd={mayEnd}
        onEnd={setEnding}
        onClose={() => change({ session: '' })}
      />
      <EndSession
        session={ending}
        onClose={ended => {
          setEnding(undefined)
          if (ended) change({ session: '' })
        }}
      />
    </>
  )
}
