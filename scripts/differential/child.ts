/**
 * Feeds one package and writes one line of JSON for each input. A process of its own, for packages share global symbols:
 *
 *     child.ts <folder of a built package> <suite> <seed> <count>
 */
import { context, propagation } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core'
import { loadPackage } from './names.ts'
import { linesTo, suites, type SuiteName } from './suites.ts'

const [folder = '', suite = '', seed = '', count = ''] = process.argv.slice(2)
context.setGlobalContextManager(new AsyncLocalStorageContextManager())
propagation.setGlobalPropagator(
  new CompositePropagator({
    propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
  }),
)
const name = suite as SuiteName
const task = { folder, suite: name, seed: Number(seed), count: Number(count) }
await suites[name](await loadPackage(folder), task, linesTo(process.stdout))
