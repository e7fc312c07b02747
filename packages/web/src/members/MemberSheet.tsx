import type { Role } from '@latchstring/protocol/codes/roles'
import { roleTitles } from '@latchstring/protocol/codes/roles'
import { mayGrant } from '@latchstring/protocol/decide/authorize'
import { Anchor, Button, Code, Divider, Group, NativeSelect, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../api/console.ts'
import { useSession } from '../api/session.ts'
import { ConfirmDialog } from '../confirm/ConfirmDialog.tsx'
import { useAction } from '../confirm/use-action.ts'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import { DetailSheet, Facts } from '../sheets/DetailSheet.tsx'
import { Time } from '../times/Time.tsx'
import type { Member } from './role-choices.ts'
import { roleChoices, roleSentences } from './role-choices.ts'

export function MemberSheet({ member, onClose }: { member: Member | undefined; onClose: () => void }) {
  const { user, may } = useSession()
  const changeable = member !== undefined && may('members:write') && mayGrant(user.role, member.role)
  return (
    <DetailSheet title={member?.name ?? 'Member'} opened={member !== undefined} onClose={onClose}>
      {member && (
        <Stack gap="lg" key={member.id}>
          <Facts
            rows={[
              ['E-mail', member.email],
              ['Role', `${roleTitles[member.role]}. ${roleSentences[member.role]}`],
              ['Added', <Time key="added" at={member.added_at} />],
              ['Id', <Code key="id">{member.id}</Code>],
              [
                'Calls',
                may('usage:read') && (
                  <Anchor
                    component={Link}
                    to="/"
                    search={{ user_id: member.id } as never}
                    hash="calls"
                    inherit
                  >
                    Calls of {member.name}
                  </Anchor>
                ),
              ],
              [
                'Audit',
                may('audit:read') && (
                  <Anchor component={Link} to="/audit" search={{ user_id: member.id } as never} inherit>
                    What {member.name} did
                  </Anchor>
                ),
              ],
            ]}
          />
          {changeable && (
            <>
              <Divider />
              <ChangeRole member={member} />
              <Remove member={member} onRemoved={onClose} />
            </>
          )}
        </Stack>
      )}
    </DetailSheet>
  )
}

function ChangeRole({ member }: { member: Member }) {
  const { user } = useSession()
  const [role, setRole] = useState<Role>(member.role)
  const change = useAction(() => api.members.change({ params: { user_id: member.id }, body: { role } }), {
    changes: ['members', 'sessions'],
  })
  return (
    <Stack gap="xs">
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <NativeSelect
          label="Role"
          flex={1}
          data={roleChoices(user.role)}
          value={role}
          onChange={event => setRole(event.currentTarget.value as Role)}
        />
        <Button
          variant="default"
          disabled={role === member.role}
          loading={change.isPending}
          onClick={() => change.mutate()}
        >
          Change
        </Button>
      </Group>
      <Text size="sm" c="dimmed">
        {roleSentences[role]} Sessions and keys follow at their next use.
      </Text>
      <FailureAlert failure={change.error} />
    </Stack>
  )
}

function Remove({ member, onRemoved }: { member: Member; onRemoved: () => void }) {
  const [asking, setAsking] = useState(false)
  const remove = useAction(() => api.members.remove({ params: { user_id: member.id } }), {
    changes: ['members', 'sessions', 'keys'],
    onDone: () => {
      setAsking(false)
      onRemoved()
    },
  })
  return (
    <div>
      <Button color="red" variant="light" onClick={() => setAsking(true)}>
        Remove
      </Button>
      <ConfirmDialog
        opened={asking}
        title={`Remove ${member.name}?`}
        verb="Remove the member"
        pending={remove.isPending}
        failure={remove.error}
        onConfirm={() => remove.mutate()}
        onClose={() => setAsking(false)}
      >
        <Text>
          Every session of {member.email} ends and every key is archived, at once. Their past calls and audit
          lines stay. Adding them again later does not bring keys back.
        </Text>
      </ConfirmDialog>
    </div>
  )
}
