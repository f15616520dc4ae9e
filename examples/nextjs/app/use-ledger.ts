import { useEffect, useState } from 'react'
import type { Ledger } from '../ledger'

const EVERY_MILLISECONDS = 1_000

/** What everybody spent, as the server knows it a moment ago. */
export function useLedger(): Ledger {
  const [ledger, setLedger] = useState<Ledger>({ spendings: [], latestCalls: [] })

  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    async function load() {
      const response = await fetch('/api/costs', { signal })
      if (response.ok) setLedger(await response.json())
    }
    // While the server is away, what was known stays on the page.
    const loadQuietly = () => void load().catch(() => {})
    loadQuietly()
    const timer = setInterval(loadQuietly, EVERY_MILLISECONDS)
    return () => {
      clearInterval(timer)
      controller.abort()
    }
  }, [])

  return ledger
}
