import {
  measure,
  type CaseFigures,
  type Figures,
  type OpenFigures,
  type Results,
} from './figures.ts'
import { measureFirstCharge } from './import-time.ts'
import { fullEffort, quickEffort } from './measure.ts'
import { median } from './statistics.ts'
import { openCounts } from './open-requests.ts'
import { signed, table, whole } from './table.ts'
import { targets } from './targets.ts'

const effort = process.argv.includes('--quick') ? quickEffort : fullEffort

const results = await measure(effort)
const firstCharge = median(await measureFirstCharge(effort.imports))

process.stdout.write(`${heading()}

${table(armRows(results.arms))}

costspan alone, added ns

${table(caseRows(results.cases))}

Added µs for one request (HTTP, ai.streamText, doStream) while so many are open, through the whole SDK

${table(openRows('trees'))}

The same, hooks alone

${table(openRows('hooks'))}

${table(targetRows(results))}

The first charge of a process parses the catalogue: ${firstCharge.toFixed(1)} ms, once.
`)

function heading(): string {
  const { processes, rounds, spans, retained, imports } = effort
  return `What span processors add to a plain BatchSpanProcessor, for one span. Node ${process.versions.node}.
Real spans of the OTel SDK 2, exporters to nowhere; ${rounds} interleaved rounds of ${spans} spans,
medians of paired differences, and of those of ${processes} processes of each arm; ${whole(retained)} spans for what is retained, ${imports} processes to import.
call: a priced provider call; span: the mean over a tree of two calls, a tool and what groups them.`
}

function armRows(all: readonly Figures[]): string[][] {
  const head = [
    'added to BatchSpanProcessor',
    ...['AI 6 call ns', 'AI 6 span ns', 'AI 7 call ns', 'AI 7 span ns', 'HTTP ns'],
    ...['AI 6 bytes', 'HTTP bytes', 'kept ended B', 'kept unended B', 'import ms'],
  ]
  const rows = all.map((one) => [
    one.arm.name,
    ...[one.call6, one.span6, one.call7, one.span7, one.http, one.bytes6, one.bytesHttp].map(
      signed,
    ),
    ...[one.retainedEnded, one.retainedUnended].map(whole),
    one.imported === undefined ? '' : one.imported.toFixed(1),
  ])
  return [head, ...rows]
}

function caseRows(all: readonly CaseFigures[]): string[][] {
  const shown = (value: number): string => (Number.isNaN(value) ? '' : signed(value))
  const rows = all.map(({ plan, call, span, foreign }) => [
    plan,
    ...[call, span, foreign].map(shown),
  ])
  return [['case', 'call', 'AI span', 'HTTP span'], ...rows]
}

function openRows(what: OpenFigures['what']): string[][] {
  const rows = results.open
    .filter((figures) => figures.what === what)
    .map(({ arm, added }) => [arm.name, ...added.map((each) => (each / 1000).toFixed(1))])
  return [['open at once', ...openCounts.map(whole)], ...rows]
}

function targetRows(all: Results): string[][] {
  const rows = targets(all).map(({ name, limit, measured, isMet }) => [
    name,
    limit,
    measured,
    isMet ? 'met' : 'missed',
  ])
  return [['target', 'limit', 'measured', ''], ...rows]
}
