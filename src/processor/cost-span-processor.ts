import type { Context } from '@opentelemetry/api'
import { hasDuplicateTelemetry } from '../call/ai-sdk-integrations.ts'
import { createCharger, type Charge, type Charger, type ChargerOptions } from '../charge/charge.ts'
import { duplicateOf } from '../charge/duplicate.ts'
import { expected } from '../expected.ts'
import * as names from '../span/attribute-names.ts'
import type { SpanLike } from '../span/span.ts'
import {
  stampAttribution,
  stampCarriedElsewhere,
  stampCharge,
  stampRollup,
} from '../stamp/stamp.ts'
import { HeldEnds } from './held-ends.ts'
import {
  aiSpanAbove,
  isCarriedElsewhere,
  Lineage,
  rollUp,
  settleAttribution,
  type Node,
} from './lineage.ts'
import { Reporter } from './reporter.ts'
import { warnUnpriced } from './warnings.ts'

export interface CostSpanProcessorOptions extends ChargerOptions {
  /**
   * Called once for every provider call that ends, priced or not. Runs inside `span.end()`:
   * keep it quick. What it throws is caught and reported once.
   */
  readonly onCharge?: ((charge: Charge) => void) | undefined
}

/**
 * An OpenTelemetry span processor that writes what each AI call cost, and who pays, onto its
 * span. Exports nothing itself. Fits the OTel SDK 1.x, 2.x and 3.x and `@vercel/otel`; where
 * the SDK calls `onEnding` (2.3 and later) its place among the processors does not matter,
 * elsewhere put it first.
 *
 * @throws TypeError if an option is malformed, naming the option.
 *
 * @example
 * new NodeTracerProvider({
 *   spanProcessors: [new CostSpanProcessor(), new BatchSpanProcessor(new OTLPTraceExporter())],
 * })
 */
export class CostSpanProcessor {
  readonly #charge: Charger
  readonly #onCharge: ((charge: Charge) => void) | undefined
  readonly #lineage = new Lineage()
  readonly #heldEnds = new HeldEnds()
  readonly #reporter = new Reporter()

  constructor({ onCharge, ...options }: CostSpanProcessorOptions = {}) {
    if (onCharge !== undefined && typeof onCharge !== 'function') {
      throw expected('onCharge', 'a function', onCharge)
    }
    this.#charge = createCharger(options)
    this.#onCharge = onCharge
  }

  onStart(span: SpanLike, parentContext: Context): void {
    this.#reporter.guard('onStart', () => {
      const node = this.#lineage.start(span, parentContext)
      if (node?.role !== 'call') return
      const above = aiSpanAbove(node)
      if (above !== undefined) this.#heldEnds.watch(span, () => above.ended)
    })
  }

  /** Runs before any processor's `onEnd`, so everyone downstream sees the cost. */
  onEnding(span: SpanLike): void {
    this.#heldEnds.noteOnEnding()
    const node = this.#lineage.get(span)
    if (node?.role === undefined) return
    this.#reporter.guard('onEnding', () => this.#settle(span, node))
  }

  /** For hosts that do not call `onEnding`, such as `@vercel/otel` and SDK 1.x. */
  onEnd(span: SpanLike): void {
    const node = this.#lineage.get(span)
    if (node?.role === undefined) return
    this.#reporter.guard('onEnd', () => this.#settle(span, node))
  }

  forceFlush(): Promise<void> {
    return Promise.resolve()
  }

  /** Ends the spans that still wait for their usage. */
  shutdown(): Promise<void> {
    this.#reporter.guard('shutdown', () => this.#heldEnds.release())
    return Promise.resolve()
  }

  #settle(span: SpanLike, node: Node): void {
    if (node.ended) {
      if (!isStamped(span, node)) this.#stamp(span, node)
      return
    }
    node.ended = true
    node.attribution = settleAttribution(node, span)
    if (node.role === 'call') this.#settleCall(span, node)
    this.#stamp(span, node)
  }

  #settleCall(span: SpanLike, node: Node): void {
    const charge = this.#charge(span, node.attribution)
    if (charge === undefined) return
    if (isCarriedElsewhere(node, charge)) {
      node.carriedElsewhere = true
      return
    }
    if (charge.call.dialect === 'ai-sdk' && hasDuplicateTelemetry()) {
      this.#warnDuplicate()
      node.charge = duplicateOf(charge)
      return
    }
    rollUp(node, charge)
    warnUnpriced(this.#reporter, charge)
    const onCharge = this.#onCharge
    if (onCharge !== undefined) this.#reporter.guard('onCharge', () => onCharge(charge))
  }

  #stamp(span: SpanLike, node: Node): void {
    const { attributes } = span
    stampAttribution(attributes, node.attribution)
    if (node.charge !== undefined) {
      stampCharge(attributes, node.charge)
      return
    }
    if (node.carriedElsewhere) stampCarriedElsewhere(attributes)
    stampRollup(attributes, node.pricedCalls > 0 ? node.rollupUsd : undefined, node.missingCalls)
  }

  #warnDuplicate(): void {
    this.#reporter.warn(
      'duplicate telemetry',
      'both AI SDK 7 integrations are registered, so every call is recorded twice; only the ' +
        `${names.GEN_AI_OPERATION_NAME} spans are priced. Register OpenTelemetry or LegacyOpenTelemetry, not both.`,
    )
  }
}

/** Whether what `onEnding` wrote is still there when the span has ended. */
function isStamped({ attributes }: SpanLike, { charge, attribution }: Node): boolean {
  if (charge !== undefined) return attributes[names.COST_STATUS] !== undefined
  return (
    attributes[attribution.userId === undefined ? names.COST_ATTRIBUTION : names.USER_ID] !==
    undefined
  )
}
