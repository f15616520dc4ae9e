'use client'

import { Chat } from './chat'
import { LatestCalls } from './latest-calls'
import { SignIn } from './sign-in'
import { SpendingPanel } from './spending-panel'
import { useLedger } from './use-ledger'
import type { User } from './users'

/** The chat, and beside it what it costs. */
export function Desk({ user }: { user: User | undefined }) {
  const { spendings, latestCalls } = useLedger()

  return (
    <div className="desk">
      <main>
        {user === undefined ? (
          <SignIn />
        ) : (
          <Chat key={user.userId} user={user} calls={latestCalls} />
        )}
      </main>
      <SpendingPanel spendings={spendings} />
      <LatestCalls calls={latestCalls} />
    </div>
  )
}
