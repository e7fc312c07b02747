/** What an earlier feature causes in later ones. Handlers run in the open transaction, in the order of the features. */
export type HappeningMap = {
  /** A member left or was removed: sessions end, keys are archived. */
  memberEnded: { organizationId: string; personId: string }
  /** A member's role changed: what the new role does not allow ends. */
  memberChanged: { organizationId: string; personId: string }
  /** A session ended: its grant goes. */
  sessionEnded: { organizationId: string; sessionId: string; grantId: string | null }
}

export type Happening = keyof HappeningMap

/** One feature's answers to what happens earlier. */
export type On<Base> = { [H in Happening]?: (base: Base, what: HappeningMap[H]) => Promise<void> }

export type Happenings = <H extends Happening>(happening: H, what: HappeningMap[H]) => Promise<void>
