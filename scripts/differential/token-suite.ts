import { context, propagation, ROOT_CONTEXT } from '@opentelemetry/api'
import type { Package } from './names.ts'
import { randomAttribution, randomHeaders } from './odd-values.ts'
import { Random, seedOf } from './random.ts'
import { outcomeOf, type Suite } from './suite.ts'

const KEY = 'a signing key of sixteen characters and more'
const OTHER_KEY = 'another signing key, also long enough'
const PSEUDONYM_KEY = 'a key for pseudonyms that is long enough'

/** 15 November 2026; with the clock stopped, the same attribution gives the same token. */
const NOW = Date.parse('2026-11-15T12:00:00Z')

/** Tokens that each package makes, and what it reads from right, changed and old ones. */
export const tokens: Suite = async (from, { seed, count }, write) => {
  const clock = Date.now
  Date.now = () => NOW
  try {
    for (let index = 0; index < count / 20; index++) {
      await write(`token ${index}`, oneToken(from, new Random(seedOf(seed + 4, index))))
    }
  } finally {
    Date.now = clock
  }
}

function oneToken(from: Package, random: Random): unknown {
  const { serializeAttribution, restoreAttribution } = from.propagation
  const options = {
    signingKey: random.once(9) ? random.pick<unknown>(['short', 7, PSEUDONYM_KEY]) : KEY,
    ...(random.once(2) && { attribution: randomAttribution(random) }),
    ...(random.once(4) && { expiresInSeconds: random.pick<unknown>([60, 0, -1, 1e9, 'x', 0.5]) }),
    ...(random.once(3) && {
      privacy: random.pick<unknown>([
        { pseudonymize: { key: PSEUDONYM_KEY } },
        { personalIds: 'keep' },
        { personalIds: 'odd' },
        null,
      ]),
    }),
  }
  const around = randomAttribution(random)
  const made = outcomeOf(() =>
    from.core.withAttribution(around as never, () => serializeAttribution(options as never)),
  )
  const token = (made as { returned?: string }).returned ?? 'cs1.e30.x'
  const sent = random.once(3) ? changedToken(token, random) : token
  const restoring = {
    signingKeys: random.pick<unknown>([[KEY], [OTHER_KEY, KEY], [OTHER_KEY], [], KEY]),
    ...(random.once(9) && { odd: true }),
  }
  const restored = outcomeOf(() => restoreAttribution(sent, restoring as never))
  return {
    made,
    restored,
    // An application hands it on as it is.
    handedOn: outcomeOf(() =>
      from.core.withAttribution(restoreAttribution(sent, { signingKeys: [KEY] }), () =>
        serializeAttribution({ signingKey: KEY }),
      ),
    ),
    baggage: baggageOutcome(from, random, token),
  }
}

function changedToken(token: string, random: Random): unknown {
  const place = random.below(token.length)
  return random.pick<unknown>([
    undefined,
    null,
    '',
    7,
    {},
    token.slice(0, place),
    `${token} `,
    `${token.slice(0, place)}A${token.slice(place + 1)}`,
    token.replace('cs1', 'cs2'),
    token.toUpperCase(),
    'a'.repeat(5000),
  ])
}

function baggageOutcome(from: Package, random: Random, token: string): unknown {
  const { attributionFromBaggage, withAttributionBaggage } = from.propagation
  const headers = randomHeaders(random)
  const baggage = `${headers['baggage'] ?? 'x=1'},costspan.attribution=${encodeURIComponent(token)}`
  const request = propagation.extract(ROOT_CONTEXT, random.once(2) ? headers : { baggage })
  return context.with(request, () => ({
    read: outcomeOf(() => attributionFromBaggage({ signingKeys: [KEY] })),
    sent: outcomeOf(() =>
      from.core.withAttribution({ userId: 'user-1', tags: { feature: 'x' } }, () =>
        withAttributionBaggage({ signingKey: KEY }, () => {
          const carrier: Record<string, string> = {}
          propagation.inject(context.active(), carrier)
          return carrier
        }),
      ),
    ),
  }))
}
