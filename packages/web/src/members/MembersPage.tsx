import type { Role } from '@latchstring/protocol/codes/roles'
import { roles, roleTitles } from '@latchstring/protocol/codes/roles'
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
import { AddMember } from './AddMember.tsx'
import { MemberSheet } from './MemberSheet.tsx'
import type { Member } from './role-choices.ts'

const columns: Column<Member>[] = [
  { title: 'Name', cell: member => member.name },
  { title: 'E-mail', cell: member => member.email },
  { title: 'Role', cell: member => roleTitles[member.role] },
  { title: 'Added', cell: member => <Time at={member.added_at} />, narrow: true },
]

const roleOptions = roles.map((role: Role) => ({ value: role, label: roleTitles[role] }))

export default function MembersPage() {
  const { may } = useSession()
  const [state, change] = useUrlState()
  const [adding, setAdding] = useState(false)
  const members = useAnswer('members', 'list', { query: { limit: 1000 } })
  const role = state['role'] ?? ''
  const rows = members.data?.data.filter(
    member =>
      (role === '' || member.role === role) &&
      matches(state['q'] ?? '', [member.name, member.email, member.id, roleTitles[member.role]]),
  )
  const open = members.data?.data.find(member => member.id === state['member'])
  const clear = () => change({ q: '', role: '' })
  return (
    <>
      <PageHeader
        title="Members"
        lead="Who belongs to the organisation, and what each may do."
        action={may('members:write') && <Button onClick={() => setAdding(true)}>Add a member</Button>}
      />
      <FilterBar onClear={state['q'] || role ? clear : undefined}>
        <SearchField label="Search members" value={state['q'] ?? ''} onChange={q => change({ q })} />
        <FilterSelect
          label="Role"
          all="Every role"
          value={role}
          options={roleOptions}
          onChange={to => change({ role: to })}
        />
      </FilterBar>
      <DataTable
        failure={members.error}
        cutOff={members.data?.has_more}
        onRetry={() => void members.refetch()}
        caption="Members, newest first"
        columns={columns}
        rows={rows}
        keyOf={member => member.id}
        onOpen={member => change({ member: member.id })}
        empty={
          <Empty
            title="No member matches"
            action={
              <Button variant="default" size="xs" onClick={clear}>
                Clear filters
              </Button>
            }
          />
        }
      />
      <AddMember opened={adding} onClose={() => setAdding(false)} />
      <MemberSheet member={open} onClose={() => change({ member: '' })} />
    </>
  )
}
