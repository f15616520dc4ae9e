import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { invalidOption, rejectUnknown } from './invalid-option.ts'
import { checkCallTelemetry, checkDisabled, checkMetadata } from './checks/calls.ts'
import { checkLedger } from './checks/charges.ts'
import { checkDuplicatePackages, checkSdkMajors } from './checks/duplicate-packages.ts'
import { checkGlobalProvider } from './checks/global-provider.ts'
import { checkIntegrations } from './checks/integrations.ts'
import { checkLedgerFed, checkLedgerFile } from './checks/ledger-file.ts'
import { checkReachability } from './checks/reachability.ts'
import { checkMeterProvider, checkMetrics } from './checks/metrics.ts'
import { checkModels } from './checks/models.ts'
import { checkAttribution } from './checks/attribution.ts'
import { checkPersonalIds } from './checks/personal-ids.ts'
import { checkEdge } from './checks/edge.ts'
import { checkExporter, checkOrder, checkSimpleProcessor } from './checks/processors.ts'
import { checkRawClients } from './checks/raw-clients.ts'
import { checkCoverage } from './checks/coverage.ts'
import { checkContextManager, checkRegistration } from './checks/registration.ts'
import { checkSampling } from './checks/sampling.ts'
import { checkFlush } from './checks/serverless.ts'
import { checkStreams } from './checks/streams.ts'
import { severities, type Finding, type CheckResult } from './finding.ts'
import { readProject, type Project } from './project.ts'

export interface DiagnoseOptions {
  /**
   * The project: a folder with sources, and a package.json there or further up.
   * @defaultValue the working directory
   */
  readonly directory?: string | undefined
  /** A ledger of `costspan/ledger`, to look for calls that carry no cost. */
  readonly ledger?: string | undefined
}

export interface Diagnosis {
  /** Absolute. */
  readonly directory: string
  /** The packages that were examined, with their versions. */
  readonly packages: readonly { readonly name: string; readonly version: string }[]
  /** How many files were read, because they mention AI, OpenTelemetry or costspan. */
  readonly files: number
  /** Errors first. */
  readonly findings: readonly Finding[]
  /** What was examined and is right. */
  readonly fine: readonly string[]
}

const checks: readonly ((project: Project) => CheckResult)[] = [
  checkRegistration,
  checkOrder,
  checkExporter,
  checkGlobalProvider,
  checkReachability,
  checkContextManager,
  checkSampling,
  checkIntegrations,
  checkRawClients,
  checkCallTelemetry,
  checkDisabled,
  checkMetadata,
  checkAttribution,
  checkPersonalIds,
  checkStreams,
  checkEdge,
  checkFlush,
  checkLedgerFed,
  checkLedgerFile,
  checkSimpleProcessor,
  checkMeterProvider,
  checkMetrics,
  checkModels,
  checkDuplicatePackages,
  checkSdkMajors,
  checkCoverage,
]

/** Packages that a finding may depend on, and the titles to print. */
const shown: readonly (readonly [name: string, title: string])[] = [
  ['costspan', 'costspan'],
  ['ai', 'AI SDK'],
  ['@ai-sdk/otel', '@ai-sdk/otel'],
  ['openai', 'openai'],
  ['@anthropic-ai/sdk', '@anthropic-ai/sdk'],
  ['@google/genai', '@google/genai'],
  ['@vercel/otel', '@vercel/otel'],
  ['@opentelemetry/sdk-node', 'NodeSDK'],
  ['@opentelemetry/sdk-trace-base', 'OpenTelemetry SDK'],
  ['@opentelemetry/sdk-trace', 'OpenTelemetry SDK'],
  ['@opentelemetry/api', '@opentelemetry/api'],
  ['next', 'Next.js'],
]

/**
 * Examines a project for what would lose or corrupt money, and returns what to add. It reads files and packages, and
 * runs no code of the project.
 *
 * @throws TypeError if an option is malformed, and the error of the file system if the directory or the ledger does not
 * exist.
 *
 * @example
 * const { findings } = await diagnose({ directory: 'apps/web' })
 * if (findings.some(({ severity }) => severity === 'error')) process.exitCode = 1
 */
export async function diagnose(options: DiagnoseOptions = {}): Promise<Diagnosis> {
  assertOptions(options)
  const directory = resolve(options.directory ?? '.')
  if (!statSync(directory).isDirectory()) throw invalidOption('directory', 'a folder')
  const project = readProject(directory)
  const outcomes = [
    ...checks.map((check) => check(project)),
    await checkLedger(options.ledger, project),
  ]
  return {
    directory,
    packages: packagesOf(project),
    files: project.sources.length,
    findings: inOrder(outcomes.flatMap(({ findings }) => findings)),
    fine: outcomes.flatMap(({ fine }) => fine ?? []).map((text) => limited(text, project)),
  }
}

/** A result is limited to the files that were read. */
function limited(fine: string, { unread }: Project): string {
  const isLimited = unread.some((path) => !path.endsWith('/'))
  return isLimited ? `${fine} (in the files that were read)` : fine
}

function packagesOf({ packages, sources }: Project): Diagnosis['packages'] {
  const imported = new Set(sources.flatMap(({ modules }) => [...modules]))
  const seen = new Set<string>()
  return shown.flatMap(([name, title]) => {
    const isUsed = packages.declared.has(name) || imported.has(name)
    const version = isUsed ? packages.describe(name) : undefined
    if (version === undefined || seen.has(title)) return []
    seen.add(title)
    return [{ name: title, version }]
  })
}

/** Errors first. Findings of one check stay together. */
function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return severities.flatMap((severity) => findings.filter((each) => each.severity === severity))
}

function assertOptions(options: DiagnoseOptions): void {
  rejectUnknown(options, 'options', ['directory', 'ledger'])
  for (const name of ['directory', 'ledger'] as const) {
    const path = options[name]
    if (path !== undefined && (typeof path !== 'string' || path === '')) {
      throw invalidOption(name, 'a path', path)
    }
  }
}
