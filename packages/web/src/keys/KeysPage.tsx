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
import { Status } from '../tables/Status.tsx'
import { Time } from '../times/Time.tsx'
import { CreateKey } from './CreateKey.tsx'
import { KeySheet } from './KeySheet.tsx'
import type { Key } from './kinds.ts'
import { kindsAllowed, kindTitles, statusTitles } from './kinds.ts'

const columns: Column<Key>[] = [
  { title: 'Name', cell: key => key.name },
  { title: 'Kind', cell: key => kindTitles[key.kind], narrow: true },
  { title: 'Key', cell: key => <code>{key.partial_key_hint}</code>, narrow: true },
  {
    title: 'Status',
    cell: key => <Status tone={statusTitles[key.status].tone}>{statusTitles[key.status].title}</Status>,
    narrow: true,
  },
  { title: 'Last used', cell: key => <Time at={key.last_used_at} />, narrow: true },
  { title: 'Created', cell: key => <Time at={key.created_at} />, narrow: true },
  { title: 'Expires', cell: key => <Time at={key.expires_at} />, narrow: true },
]

const statuses = Object.entries(statusTitles).map(([value, { title }]) => ({ value, label: title }))

/** Keys: everybody's for those who may see them, else your own. */
export default function KeysPage() {
  const { may } = useSession()
  const [state, change] = useUrlState()
  const [creating, setCreating] = useState(false)
  const keys = useAnswer('keys', 'list', { query: { limit: 1000 } })
  const kinds = kindsAllowed(may)

  const status = state['status'] ?? ''
  const rows = keys.data?.data.filter(
    key =>
      (status === '' || key.status === status) &&
      matches(state['q'] ?? '', [
        key.name,
        key.id,
        key.partial_key_hint,
        kindTitles[key.kind],
        key.created_by?.id,
      ]),
  )
  const open = keys.data?.data.find(key => key.id === state['key'])
  const filtered = Boolean(state['q'] || status)
  const clear = () => change({ q: '', status: '' })
  const create = kinds.length > 0 && <Button onClick={() => setCreating(true)}>Create a key</Button>

  return (
    <>
      <PageHeader
        title="Keys"
        lead="For machines without a person, such as CI jobs. People’s agents sign in instead."
        action={create}
      />
      <FilterBar onClear={filtered ? clear : undefined}>
        <SearchField label="Search keys" value={state['q'] ?? ''} onChange={q => change({ q })} />
        <FilterSelect
          label="Status"
          all="Every status"
          value={status}
          options={statuses}
          onChange={to => change({ status: to })}
        />
      </FilterBar>
      <DataTable
        failure={keys.error}
        cutOff={keys.data?.has_more}
        onRetry={() => void keys.refetch()}
        caption="Keys, newest first"
        columns={columns}
        rows={rows}
        keyOf={key => key.id}
        onOpen={key => change({ key: key.id })}
        empty={
          filtered ? (
            <Empty
              title="No key matches"
              action={
                <Button variant="default" size="xs" onClick={clear}>
                  Clear filters
                </Button>
              }
            />
          ) : (
            <Empty title="No key yet">
              A key is a credential without a person: its secret is shown once, the server keeps only its
              hash, and it can be switched off at any time.
            </Empty>
          )
        }
      />
      <CreateKey opened={creating} kinds={kinds} onClose={() => setCreating(false)} />
      <KeySheet item={open} onClose={() => change({ key: '' })} />
    </>
  )
}
