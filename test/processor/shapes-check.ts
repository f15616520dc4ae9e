import { BasicTracerProvider, type Span } from '@opentelemetry/sdk-trace-base'
import { randomUUID } from 'node:crypto'
import { getHeapSnapshot } from 'node:v8'
import { runInThisContext } from 'node:vm'
import { CostSpanProcessor } from '../../src/index.ts'
import { loadFixtures } from '../support/fixtures.ts'

/**
 * Run with `--allow-natives-syntax` and `--expose-gc`: prints whether V8 stores the attributes of a streamed call as
 * fields, before costspan has seen such calls and after, and whether a text of theirs is still in memory.
 */
// Only V8 knows the syntax.
const hasFastProperties = runInThisContext('(it) => %HasFastProperties(it)') as (
  it: object,
) => boolean
const collectGarbage = (globalThis as { gc?: () => void }).gc
if (collectGarbage === undefined) throw new Error('run with --expose-gc')

const recorded = loadFixtures()
  .filter(({ lane, provider }) => lane === 'ai-6' && provider === 'openai-responses')
  .flatMap(({ scenarios }) => scenarios)
  .flatMap(({ spans }) => spans)
  .find(({ name }) => name === 'ai.streamText.doStream')
if (recorded === undefined) throw new Error('no recording of a streamed call')
const { name, start, end } = recorded

const prompt = randomUUID()

function stream(provider: BasicTracerProvider, text = ''): Span {
  // From bytes: V8 lists a text that was joined by its parts.
  const flat = Buffer.from(`${text} ${text}`).toString()
  const attributes = { ...start, 'ai.prompt.messages': flat }
  const span = provider.getTracer('ai').startSpan(name, { attributes })
  span.setAttributes(end ?? {}).end()
  return span as Span
}

const plain = new BasicTracerProvider()
const costs = new BasicTracerProvider({ spanProcessors: [new CostSpanProcessor()] })
const before = hasFastProperties(stream(plain).attributes)
for (let call = 0; call < 200; call++) stream(costs, call < 100 ? prompt : '')
const after = hasFastProperties(stream(costs).attributes)

await new Promise((resolve) => setImmediate(resolve))
collectGarbage()
let holdsPrompt = false
let rest = ''
for await (const chunk of getHeapSnapshot().setEncoding('latin1')) {
  rest = rest.slice(-200) + String(chunk)
  holdsPrompt ||= rest.includes(`${prompt} ${prompt}`)
}
process.stdout.write(JSON.stringify({ before, after, holdsPrompt }))
