/**
 * Prints what Sentry 10 and an integration of AI SDK 7 write of the same calls: the spans, and the
 * order in which they start and end. test/real-sdks/processors/sentry-10.json is what it printed.
 */
import { createOpenAI } from '@ai-sdk/openai'
import * as Sentry from '@sentry/node'
import { generateText, jsonSchema, stepCountIs, streamText } from 'ai'
import { dsnOf } from './dsn.mjs'
import { registerAiSdk } from './work.mjs'

const content = /messages|prompt|toolCall|tool\.call|definitions|response\.text|user-agent/
const timed = /duration|time_|msTo|PerSecond|timestamp/

const spans = []
const moments = []
const recorder = {
  onStart: (span) => {
    spans.push({ span, start: { ...span.attributes } })
    moments.push(['start', span])
  },
  onEnd: (span) => moments.push(['end', span]),
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
}
Sentry.init({
  dsn: dsnOf(process.env.THEIR_URL),
  tracesSampleRate: 1,
  openTelemetrySpanProcessors: [recorder],
})
await registerAiSdk()

const baseURL = `${process.env.PROVIDER_URL}/openai/v1`
const model = createOpenAI({ baseURL, apiKey: 'none' })('gpt-4o')
const stream = () => streamText({ model, prompt: 'Bern?' }).consumeStream()
const inputSchema = jsonSchema({ type: 'object', properties: { city: { type: 'string' } } })
/** As the provider asks for it by that name. */
const weather = {
  description: 'Asks an agent for the weather.',
  inputSchema,
  execute: async () => (await generateText({ model, prompt: 'Bern?' })).text,
}
let attempts = 0
const busyAtFirst = createOpenAI({
  baseURL,
  apiKey: 'none',
  fetch: (...request) =>
    attempts++ > 0
      ? fetch(...request)
      : new Response('{}', { status: 503, headers: { 'retry-after-ms': '1' } }),
})('gpt-4o')

const scenarios = {
  stream,
  'an agent in a tool': () =>
    generateText({ model, tools: { weather }, stopWhen: stepCountIs(3), prompt: 'Bern?' }),
  'calls at the same time': () =>
    Promise.all([stream(), generateText({ model, prompt: 'Bern?' }), stream()]),
  'a second attempt': () => generateText({ model: busyAtFirst, prompt: 'Bern?' }),
}

const recorded = {}
for (const [name, run] of Object.entries(scenarios)) {
  spans.length = 0
  moments.length = 0
  await run()
  // What ends after the answer was read.
  await new Promise((resolve) => setTimeout(resolve, 100))
  recorded[name] = recordedScenario()
}
process.stdout.write(`${JSON.stringify(recorded)}\n`)
await Sentry.close(2_000)

/** What differs from run to run becomes a number of its kind; requests and content are left out. */
function recordedScenario() {
  const kept = spans.filter(({ span }) => span.attributes['http.request.method'] === undefined)
  const idOf = (spanId) => kept.findIndex(({ span }) => span.spanContext().spanId === spanId)
  return {
    spans: kept.map(({ span, start }) => {
      const above = idOf(span.parentSpanContext?.spanId)
      const isNew = ([key]) => start[key] === undefined
      return {
        ...(above !== -1 && { above }),
        scope: span.instrumentationScope.name,
        name: span.name,
        start: withoutContent(Object.entries(start)),
        end: withoutContent(Object.entries(span.attributes).filter(isNew)),
        ...(span.status.code === 2 && { failed: true }),
      }
    }),
    moments: moments
      .map(([moment, span]) => [moment, idOf(span.spanContext().spanId)])
      .filter(([, id]) => id !== -1),
  }
}

function withoutContent(attributes) {
  return Object.fromEntries(
    attributes
      .filter(([key]) => !content.test(key))
      .map(([key, value]) => [key, timed.test(key) ? 1 : value]),
  )
}
