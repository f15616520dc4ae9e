import type { Attributes } from '@opentelemetry/api'
import { toPublicAttribution, unattributed } from '../attribution/attribution.ts'
import { boundaryOf, mergedOf, routeIn } from '../attribution/boundary.ts'
import { createSpanCharger } from '../charge/charge.ts'
import { originOfRequest } from '../charge/origin.ts'
import { RECORDER_SCOPE } from '../conventions/recorded-call.ts'
import { createRedactor } from '../privacy/redactor.ts'
import { ChargeCallbacks, type OnCharge } from '../processor/charge-callbacks.ts'
import type { PriceSource } from '../price/price.ts'
import { ERROR, type SpanLike } from '../span/span.ts'
import { createReporter } from '../warnings/reporter.ts'
import type { CallSpan, CallStart } from './call-span.ts'

interface LocalOptions {
  readonly onCharge?: OnCharge | readonly OnCharge[] | undefined
  readonly prices?: readonly PriceSource[] | undefined
}

/** Charges a call that OpenTelemetry does not record. */
export type LocalCharger = (start: CallStart, unrecorded: CallSpan) => CallSpan

/** @throws TypeError if an option is malformed, naming the option. */
export function createLocalCharger({ onCharge, prices }: LocalOptions): LocalCharger | undefined {
  const callbacks = new ChargeCallbacks(onCharge)
  const redactor = createRedactor()
  const charge = createSpanCharger({ prices }, redactor.callName)
  if (onCharge === undefined) return undefined
  const reporter = createReporter(undefined)
  return ({ provider, operation, model, attributes }, unrecorded) => {
    const boundary = boundaryOf(unrecorded.context)
    const attribution = toPublicAttribution(
      boundary === undefined ? unattributed : redactor.attribution(mergedOf(boundary)),
    )
    const origin = originOfRequest(routeIn(unrecorded.context))
    const ids = { traceId: randomHex(32), spanId: randomHex(16) }
    const span = {
      name: operation,
      startTime: now(),
      endTime: undefined as [number, number] | undefined,
      status: { code: 0 },
      attributes: {
        'gen_ai.operation.name': operation,
        'gen_ai.provider.name': provider,
        'gen_ai.request.model': model,
        'cost.recorded': true,
        ...attributes,
      } as SpanLike['attributes'],
      events: [],
      instrumentationScope: { name: RECORDER_SCOPE },
      spanContext: () => ids,
    }
    const write = (stated: Attributes): void => void Object.assign(span.attributes, stated)
    return {
      context: unrecorded.context,
      isRecorded: false,
      begin: () => {},
      write,
      end(stated, hasFailed) {
        unrecorded.end({}, hasFailed)
        write(stated)
        span.endTime = now()
        if (hasFailed) span.status.code = ERROR
        const charged = charge(span, attribution, 0, origin)
        if (charged !== undefined) callbacks.call(span, charged, reporter)
      },
    }
  }
}

function now(): [number, number] {
  const milliseconds = Date.now()
  return [Math.floor(milliseconds / 1000), (milliseconds % 1000) * 1e6]
}

function randomHex(digits: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(digits / 2))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
