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
import { matches } from '../tables/matches.ts'
import { Time } from '../times/Time.tsx'
import { AddProvider } from './AddProvider.tsx'
import type { Provider } from './kinds.ts'
import { kindTitles } from './kinds.ts'
import { ProviderSheet } from './ProviderSheet.tsx'

const columns: Column<Provider>[] = [
  { title: 'Name', cell: provider => provider.name },
  { title: 'Kind', cell: provider => kindTitles[provider.kind], narrow: true },
  { title: 'Address', cell: provider => provider.base_url ?? 'built in' },
  {
    title: 'Secret',
    cell: provider => (provider.secret_hint ? <code>{provider.secret_hint}</code> : 'none'),
    narrow: true,
  },
  { title: 'Added', cell: provider => <Time at={provider.created_at} />, narrow: true },
]

/** Where the gateway sends calls, in the order they are tried. */
export default function ProvidersPage() {
  const { may } = useSession()
  const [state, change] = useUrlState()
  const [adding, setAdding] = useState(false)
  const providers = useAnswer('providers', 'list')
  const search = state['q'] ?? ''
  const rows = providers.data?.data.filter(provider =>
    matches(search, [provider.name, kindTitles[provider.kind], provider.base_url, provider.id]),
  )
  const open = providers.data?.data.find(provider => provider.id === state['provider'])
  return (
    <>
      <PageHeader
        title="Providers"
        lead="Where the gateway sends calls, in the order they are tried. Agents never see a provider’s secret."
        action={may('providers:write') && <Button onClick={() => setAdding(true)}>Add a provider</Button>}
      />
      <FilterBar onClear={search ? () => change({ q: '' }) : undefined}>
        <SearchField label="Search providers" value={search} onChange={q => change({ q })} />
      </FilterBar>
      <DataTable
        failure={providers.error}
        onRetry={() => void providers.refetch()}
        caption="Providers, in the order they are tried"
        columns={columns}
        rows={rows}
        keyOf={provider => provider.id}
        onOpen={provider => change({ provider: provider.id })}
        empty={
          <Empty title={search ? 'No provider matches' : 'No provider yet'}>
            {search
              ? 'Change the search.'
              : 'Add the sandbox to try things without an account anywhere, or Anthropic with your organisation’s key.'}
          </Empty>
        }
      />
      <AddProvider opened={adding} onClose={() => setAdding(false)} />
      <ProviderSheet provider={open} onClose={() => change({ provider: '' })} />
    </>
  )
}
