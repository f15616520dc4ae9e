/**
 * Feeds one package and writes one line of JSON for each input. A process of its own, for packages share global symbols.
 * Its argument is a task, as JSON.
 */
import { context, metrics, propagation } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core'
import { Meters } from './metrics-suite.ts'
import { loadPackage } from './names.ts'
import type { Task } from './suite.ts'
import { linesTo, suites } from './suites.ts'

const task = JSON.parse(process.argv[2] ?? '') as Task
context.setGlobalContextManager(new AsyncLocalStorageContextManager())
propagation.setGlobalPropagator(
  new CompositePropagator({
    propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
  }),
)
const meters = new Meters()
metrics.setGlobalMeterProvider(meters.provider)
const suite = suites.get(task.suite)
if (suite === undefined) throw new Error(`no suite ${task.suite}: ${[...suites.keys()].join(', ')}`)
const write = linesTo(process.stdout)
await suite(await loadPackage(task.folder), task, write)
// What processors and ledgers count by themselves.
await write('metrics at the end', await meters.counted())
