import { setTimeout as sleep } from 'node:timers/promises'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { withAttribution } from '../../src/index.ts'
import { serializeAttribution } from '../../src/propagation/index.ts'
import { secret, USERS, type Job } from './job.ts'

/** Writes jobs, one a line: 100 of as many users at the same time, and then the odd ones. */
context.setGlobalContextManager(new AsyncLocalStorageContextManager())

const signingKey = secret.signing

function send(number: number, attribution: unknown): void {
  const job: Job = { number, attribution }
  process.stdout.write(`${JSON.stringify(job)}\n`)
}

async function request(number: number): Promise<void> {
  const who = {
    userId: `user-${number}`,
    tenantId: `tenant-${number % 7}`,
    plan: number % 2 === 0 ? 'pro' : 'free',
    tags: { feature: `feature-${number}` },
  }
  await withAttribution(who, async () => {
    await sleep((number * 37) % 50)
    send(number, serializeAttribution({ signingKey }))
  })
}

await Promise.all(Array.from({ length: USERS }, (_, number) => request(number)))

const ada = { userId: 'ada' }
const token = serializeAttribution({ signingKey, attribution: ada })
send(200, token)
send(201, serializeAttribution({ signingKey: secret.older, attribution: ada }))
send(202, serializeAttribution({ signingKey: secret.strangers, attribution: ada }))
send(
  203,
  token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
)
send(204, token.slice(0, -1))
send(205, 'ada')
send(206, token)
send(207, serializeAttribution({ signingKey }))
send(
  208,
  withAttribution({ userId: 'ada@example.com', plan: 'pro' }, () =>
    serializeAttribution({ signingKey }),
  ),
)
const privacy = { pseudonymize: { key: secret.pseudonyms } }
send(209, serializeAttribution({ signingKey, attribution: { userId: 'ada@example.com' }, privacy }))
// The clock of this process goes to the wrong: a token is made a week and a minute ago.
const now = Date.now
Date.now = () => now() - (7 * 86_400 + 90) * 1000
send(210, serializeAttribution({ signingKey, attribution: ada }))
