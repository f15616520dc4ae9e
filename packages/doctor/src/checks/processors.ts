import { maySet } from '../mutations.ts'
import { isCostProcessor, placeOf, setupsOf, type Processor, type Setup } from '../queries.ts'
import { noFindings, type Finding, type CheckResult, type Severity } from '../finding.ts'
import { callOf, callsOf, type Project } from '../project.ts'
import { asNode, isWrittenOut, propertyOf, type SyntaxNode } from '../syntax.ts'

/** Processors that export or copy a span at the moment when it ends. */
const atOnce = new Set([
  'SimpleSpanProcessor',
  'OpenInferenceSimpleSpanProcessor',
  'BraintrustSpanProcessor',
  // Traceloop's, which removes attributes that a price needs.
  'createSpanProcessor',
])
/** Processors that export later, except for the span that fills a batch. */
const inBatches = new Set([
  'auto',
  'BatchSpanProcessor',
  'LangfuseSpanProcessor',
  'OpenInferenceBatchSpanProcessor',
])
/** Processors that do not act on the end of a span. */
const harmless = new Set(['BaggageSpanProcessor', 'CostSpanProcessor'])

/** Whether costs are on a span before it is exported. */
export function checkOrder(project: Project): CheckResult {
  const setups = setupsOf(project).filter(({ processors }) => processors?.some(isCostProcessor))
  if (setups.length === 0) return noFindings
  const findings = setups.flatMap(orderOf)
  if (findings.length > 0) return { findings }
  const isKnown = setups.every(({ callsOnEnding }) => callsOnEnding !== undefined)
  return isKnown
    ? { findings, fine: 'spans have their costs before they are exported' }
    : noFindings
}

function orderOf(setup: Setup): Finding[] {
  const { processors = [], callsOnEnding, call, kind } = setup
  if (callsOnEnding !== false) return []
  const place = processors.findIndex(isCostProcessor)
  const before = processors.slice(0, place).filter(({ name }) => !harmless.has(name ?? ''))
  const [first] = before
  if (first === undefined) return []
  const { severity, what } = worstOf(before)
  const sdk = kind === '@vercel/otel' ? '@vercel/otel' : 'This version of the OpenTelemetry SDK'
  const inOrder = [...processors.filter(isCostProcessor), ...processors.filter(isOther)]
  return [
    {
      id: 'exporter-first',
      severity,
      ...placeOf(call),
      message: `${sdk} calls processors at the end of a span one after the other, and ${first.text} is before CostSpanProcessor: ${what}`,
      add: `spanProcessors: [${inOrder.map(({ text }) => text).join(', ')}]`,
    },
  ]
}

function isOther(processor: Processor): boolean {
  return !isCostProcessor(processor)
}

function worstOf(before: readonly Processor[]): { severity: Severity; what: string } {
  if (before.some(({ name }) => atOnce.has(name ?? ''))) {
    return { severity: 'error', what: 'it exports every call without its cost.' }
  }
  if (before.some(({ name }) => inBatches.has(name ?? ''))) {
    return {
      severity: 'warning',
      what: 'the call that fills a batch, one in 512 under load, is exported without its cost.',
    }
  }
  return {
    severity: 'note',
    what: 'if it exports or copies spans, it does so without their costs.',
  }
}

/** Whether anything exports the spans with their costs, or receives the charges. */
export function checkExporter(project: Project): CheckResult {
  return { findings: setupsOf(project).flatMap((setup) => exporterOf(setup, project)) }
}

function exporterOf(setup: Setup, project: Project): Finding[] {
  const { processors, options, kind, call } = setup
  if (processors === undefined || processors.length === 0) return []
  if (!processors.every(isCostProcessor)) return []
  if (options !== undefined && !isWrittenOut(options.node)) return []
  if (options !== undefined && maySet(options, project, 'spanProcessors', 'traceExporter'))
    return []
  const exporter = propertyOf(options?.node, 'traceExporter')
  const isIgnored = kind === 'NodeSDK' && exporter !== undefined
  // @vercel/otel adds an exporter itself, and an application with `onCharge` may want no traces.
  if (
    !isIgnored &&
    (exporter !== undefined || processors.some((one) => receivesCharges(one, project)))
  ) {
    return []
  }
  const costs = processors.map(({ text }) => text).join(', ')
  return [
    {
      id: 'exporter-missing',
      severity: 'error',
      ...placeOf(call),
      message: isIgnored
        ? 'NodeSDK ignores `traceExporter` where `spanProcessors` are given: no cost leaves the process.'
        : 'Nothing exports the spans, and nothing else receives the charges: no cost leaves the process.',
      add:
        kind === '@vercel/otel'
          ? `spanProcessors: [${costs}, 'auto']`
          : `spanProcessors: [${costs}, new BatchSpanProcessor(new OTLPTraceExporter())]`,
    },
  ]
}

/** Whether a CostSpanProcessor has `onCharge`, or options that are not visible. */
function receivesCharges({ call }: Processor, project: Project): boolean {
  const [first] = call?.arguments ?? []
  if (first === undefined || call === undefined) return false
  const { node } = project.resolve(first, call.source)
  return !isWrittenOut(node) || propertyOf(node, 'onCharge') !== undefined
}

/** Exporters that show spans and do not store them. */
const displayExporter = /^(Console|InMemory)SpanExporter$/

/** Whether a processor exports spans one by one. */
export function checkSimpleProcessor(project: Project): CheckResult {
  const simple = callsOf(project, /^@opentelemetry\/sdk-/, 'SimpleSpanProcessor').filter(
    ({ isNew }) => isNew,
  )
  const findings = simple.flatMap((call): Finding[] => {
    const exporter = exporterIn(call.arguments[0], call.source, project)
    if (
      displayExporter.test(exporter?.of?.name ?? '') ||
      isForSomeEnvironments(call.node, call.source.parents)
    ) {
      return []
    }
    return [
      {
        id: 'simple-processor',
        severity: 'warning',
        ...placeOf(call),
        message:
          'SimpleSpanProcessor sends each span by itself, and drops those that end while 30 are on their way: in a burst most costs are lost.',
        add: 'new BatchSpanProcessor(exporter)',
      },
    ]
  })
  return { findings }
}

/** The exporter of a processor. SDK 3 takes `{ exporter }`. */
function exporterIn(
  argument: SyntaxNode | undefined,
  source: Parameters<typeof callOf>[1],
  project: Project,
) {
  const inside = propertyOf(argument, 'exporter')
  return callOf(inside ?? argument, source, project)
}

/** Whether it is behind a condition on the environment. */
function isForSomeEnvironments(
  node: SyntaxNode,
  parents: ReadonlyMap<SyntaxNode, SyntaxNode>,
): boolean {
  for (let above = parents.get(node); above !== undefined; above = parents.get(above)) {
    const condition = asNode(above['test'] ?? (above.type === 'LogicalExpression' && above['left']))
    if (condition !== undefined && asksForEnvironment(condition)) return true
  }
  return false
}

function asksForEnvironment(condition: SyntaxNode): boolean {
  return /"NODE_ENV"|"name":"(is|IS_)?_?(dev|prod|test)/i.test(
    JSON.stringify(condition, (key, value: unknown) => (key === 'loc' ? undefined : value)),
  )
}
