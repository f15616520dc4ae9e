import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Package } from './names.ts'
import { Random, seedOf } from './random.ts'
import { randomCharges } from './random-charges.ts'
import { outcomeOf, type Suite, type Task } from './suite.ts'

const instants = [
  '2025-06-01T00:00:00Z',
  '2026-10-01T12:00:00Z',
  '2026-11-15T03:30:00Z',
  '2026-11-15T12:00:00Z',
].map((date) => Date.parse(date))
const tiers = [undefined, 'flex', 'priority', 'batch', 'fast', 'odd']
const regions = [undefined, 'us', 'eu', 'xx']

type Ids = readonly (readonly [family: string, ids: readonly string[]])[]

/** All ids of the old catalogue, which is not in the public part of the package. */
async function listedIds({ role, folder, other }: Task): Promise<Ids> {
  const dist = join(role === 'old' ? folder : other, 'dist')
  // Older packages have the code of the catalogue in their core.
  const file = ['catalog.js', 'core.js'].find((name) => existsSync(join(dist, name))) ?? 'core.js'
  const catalog = (await import(pathToFileURL(join(dist, file)).href)) as {
    listedIds(): ReadonlyMap<string, Iterable<string>>
  }
  return [...catalog.listedIds()].map(([family, ids]) => [family, [...ids]])
}

/** The price of each listed model at several times and terms, and of ids that are written in other ways. */
export const catalogue: Suite = async (from, task, write) => {
  const all = await listedIds(task)
  for (const [family, ids] of all) {
    for (const model of ids)
      await write(`catalogue ${family} ${model}`, pricesOf(from, family, model))
  }
  const charge = from.core.createCharger()
  const random = new Random(task.seed)
  for (let index = 0; index < task.count / 4; index++) {
    const [family, ids] = random.pick(all)
    const provider = providerOf(random.once(4) ? random.pick(all)[0] : family, random)
    const model = writtenOtherwise(random.pick(ids), random)
    const span = {
      name: 'chat',
      startTime: [random.pick(instants) / 1e3, 0],
      status: { code: 0 },
      attributes: {
        'gen_ai.operation.name': random.pick(['chat', 'chat', 'embeddings', 'rerank', 'speech']),
        'gen_ai.provider.name': provider,
        'gen_ai.request.model': model,
        'gen_ai.usage.input_tokens': random.pick([1000, 300_000]),
        'gen_ai.usage.output_tokens': 100,
      },
      events: [],
      spanContext: () => ({ traceId: '1', spanId: '1' }),
    }
    await write(
      `priced ${index} ${provider} ${model}`,
      outcomeOf(() => charge(span as never)),
    )
  }
}

function pricesOf({ core }: Package, family: string, model: string): unknown {
  return instants.map((at) =>
    tiers.map((serviceTier) =>
      regions.map((region) =>
        outcomeOf(() =>
          core.catalog.find({
            provider: family,
            family,
            model,
            at,
            serviceTier,
            region,
          }),
        ),
      ),
    ),
  )
}

function providerOf(family: string, random: Random): string {
  return random.pick([
    family,
    family,
    `${family}.chat`,
    `${family}.messages`,
    `${family}.anthropic.messages`,
    family.toUpperCase(),
    family.replaceAll('-', '_'),
    random.pick([
      'openai.responses',
      'azure-openai.chat',
      'azure.ai.openai',
      'az.ai.inference',
      'google.vertex.chat',
      'gcp.vertex_ai',
      'gcp.gemini',
      'gcp.gen_ai',
      'google.generative-ai',
      'amazon-bedrock',
      'aws.bedrock',
      'vertex.anthropic.messages',
      'gateway',
      'openrouter',
      'x_ai',
      'mistral_ai',
      'ibm.watsonx.ai',
      'together.ai',
      'fireworks',
      'my-own',
    ]),
  ])
}

function writtenOtherwise(id: string, random: Random): string {
  return random.pick([
    id,
    `openai/${id}`,
    `anthropic/${id}`,
    `models/${id}`,
    `us.${id}`,
    `eu.anthropic.${id}-v1:0`,
    `global.${id}`,
    `${id}-latest`,
    `${id}-20250929`,
    `${id}-2025-09-29`,
    `${id}@20250929`,
    `${id}:free`,
    `${id}:nitro`,
    `ft:${id}:acme::1`,
    `arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.${id}`,
    `publishers/google/models/${id}`,
    `accounts/fireworks/models/${id}`,
    id.toUpperCase(),
    id.replaceAll('.', '-'),
    id.slice(0, -1),
    `${id}x`,
    id.split('/').at(-1) ?? id,
  ])
}

/** Prices of random rows, costs of random usages, charges that are priced again, and usages of answers. */
export const prices: Suite = async (from, { seed, count }, write) => {
  for (let index = 0; index < count / 20; index++) {
    const random = new Random(seedOf(seed + 5, index))
    await write(`rows ${index}`, rowsOutcome(from, random))
    await write(
      `usage ${index}`,
      outcomeOf(() =>
        from.core.priceUsage(randomUsage(random) as never, randomRates(random, random.once(4))),
      ),
    )
    await write(
      `answer ${index}`,
      outcomeOf(() => from.record.usageFrom(randomAnswer(random))),
    )
  }
  const charges = await randomCharges(from, seed + 6, count / 2000)
  const random = new Random(seed)
  for (const [index, charge] of charges.entries()) {
    const options = random.pick<object>([
      {},
      { prices: [] },
      { model: { provider: 'anthropic', model: 'claude-haiku-4-5' } },
      { model: { provider: charge.call.provider, model: 'gpt-4o-mini' } },
      { model: 'x' },
    ])
    // As it is read from a ledger.
    const stored = JSON.parse(JSON.stringify(charge)) as typeof charge
    await write(
      `repriced ${index}`,
      outcomeOf(() => from.repriceCharge(stored, options)),
    )
  }
  await write(
    'assertPriced',
    outcomeOf(() => from.assertPriced(charges)),
  )
}

const amounts: readonly unknown[] = [0, 1, 1000, 0.5, -1, Number.NaN, 2 ** 53, '7', undefined]
const rates: readonly unknown[] = [0, 0.15, 2.5, 10, 10, 2.5, 0.3, -1, 'x', Number.NaN]

function randomFields(
  random: Random,
  names: readonly string[],
  values: readonly unknown[],
): object {
  return Object.fromEntries(
    names.filter(() => random.once(2)).map((name) => [name, random.pick(values)]),
  )
}

const usageNames = [
  'input',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'output',
  'reasoning',
  'audioInput',
  'audioOutput',
  'imageInput',
  'imageOutput',
  'characters',
  'seconds',
  'searches',
]
const rateNames = [
  ...usageNames.slice(0, 5),
  'audioInput',
  'audioOutput',
  'imageInput',
  'characters',
  'second',
  'search',
  'request',
  'minimumSeconds',
  'durationSecond',
]

function randomUsage(random: Random): object {
  const none = Object.fromEntries(usageNames.map((name) => [name, 0]))
  return { ...none, ...randomFields(random, usageNames, random.once(4) ? amounts : [0, 7, 1e5]) }
}

function randomRates(random: Random, isOdd: boolean): object {
  const values = isOdd && random.once(4) ? rates : rates.slice(0, 7)
  const above = { above: random.pick([100, 200_000]), ...randomFields(random, rateNames, [1, 3]) }
  return {
    ...randomFields(random, rateNames, values),
    ...(random.once(4) && { longContext: [above] }),
  }
}

function rowsOutcome({ core, prices: { definePrices } }: Package, random: Random): unknown {
  // Of the rows of most inputs none is malformed.
  const isOdd = random.once(4)
  const odd = (values: readonly unknown[], right: readonly unknown[]): unknown =>
    random.pick(isOdd ? [...right, ...values] : right)
  const rows = Array.from({ length: 1 + random.below(4) }, () => ({
    provider: odd(['', 7], ['openai', 'openai.chat', 'anthropic', 'my-gpu']),
    model: odd([/x/g, /(?<=a)b/, ''], ['gpt-4o', 'm', /^gpt-/, /4o$/, /(a+)+$/, /son+et/i]),
    input: 1,
    ...randomRates(random, isOdd),
    ...(random.once(3) && { from: odd(['soon'], ['2026-01-01', '2026-11-01']) }),
    ...(random.once(4) && { until: odd(['2020-01-01', 'soon'], ['2026-11-15', '2027-01-01']) }),
    ...(random.once(3) && { over: odd([{}], [core.catalog]) }),
    ...(random.once(4) && { factor: odd([0, -1], [0.9, 1]) }),
    ...(random.once(4) && { tiers: { flex: randomRates(random, isOdd) } }),
    ...(isOdd && random.once(9) && { odd: 1 }),
  }))
  return outcomeOf(() => {
    const source = definePrices(isOdd && random.once(9) ? '' : 'v', rows as never)
    return instants.map((at) =>
      ['gpt-4o', 'gpt-4o-2024-08-06', 'm', 'aaaaaaaa!', 'claude-sonnet-4-5'].map((model) =>
        source.find({
          provider: random.pick(['openai', 'openai.chat', 'anthropic', 'my-gpu']),
          family: random.pick(['openai', 'anthropic']),
          model,
          at,
          serviceTier: random.pick(tiers),
          region: undefined,
        }),
      ),
    )
  })
}

const answerNames = [
  'prompt_tokens',
  'completion_tokens',
  'total_tokens',
  'input_tokens',
  'output_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'promptTokenCount',
  'candidatesTokenCount',
  'thoughtsTokenCount',
  'cachedContentTokenCount',
  'totalTokenCount',
  'inputTokens',
  'outputTokens',
  'cacheReadInputTokens',
  'cost',
]

function randomAnswer(random: Random): unknown {
  if (random.once(30)) return random.pick([null, undefined, 7, 'x', [], {}])
  // One provider's names as a rule, and now and then those of two.
  const start = random.pick([0, 3, 7, 12])
  const names = random.once(5) ? answerNames : answerNames.slice(start, start + 5)
  const values = random.once(4) ? amounts : [0, 10, 1000]
  const usage = {
    ...Object.fromEntries(names.map((name) => [name, random.pick(values)])),
    ...(random.once(3) && { prompt_tokens_details: { cached_tokens: random.pick(values) } }),
    ...(random.once(3) && { completion_tokens_details: { reasoning_tokens: random.pick(values) } }),
    ...(random.once(4) && { cache_creation: { ephemeral_1h_input_tokens: random.pick(values) } }),
    ...(random.once(4) && { server_tool_use: { web_search_requests: 2 } }),
    ...(random.once(6) && { billed_units: { input_tokens: 10, output_tokens: 2 } }),
  }
  const answer = {
    [random.once(4) ? 'usageMetadata' : 'usage']: usage,
    ...(random.once(3) && { type: random.pick(['message', 'message_start', 'message_delta']) }),
    ...(random.once(3) && { service_tier: random.pick(['flex', 'default', 'priority', 7]) }),
    ...(random.once(4) && { object: random.pick(['chat.completion', 'response', 'list']) }),
  }
  return random.pick<unknown>([answer, answer, usage, { response: answer }, { message: answer }])
}
