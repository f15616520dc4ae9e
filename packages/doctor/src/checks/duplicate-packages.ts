import { callsOf, uses, type Project } from '../project.ts'
import { COSTSPAN } from '../queries.ts'
import { noFindings, type Finding, type CheckResult } from '../finding.ts'
import { dependenciesOf, isPackageName, type Package } from '../packages.ts'
import { parseVersion, sdkMajor, type Version } from '../version.ts'

const API = '@opentelemetry/api'
/** The most packages of a project that are examined. */
const MOST_PACKAGES = 5000

interface Copy {
  readonly package: Package
  /** The packages that import this copy. */
  readonly importers: readonly string[]
}

type Copies = ReadonlyMap<string, readonly Copy[]>

const watched = new Set([API, 'costspan'])

/** The copies of the packages that must exist once, among all that the project loads. */
function findCopies(project: Project): Copies {
  const { packages, directory } = project
  const found = new Map<string, Map<string, { package: Package; importers: string[] }>>()
  const seen = new Set<string>()
  const waiting: { importer: string; name: string; from: string }[] = rootsOf(project).map(
    (name) => ({ importer: 'your code', name, from: directory }),
  )
  for (
    let next = waiting.pop();
    next !== undefined && seen.size < MOST_PACKAGES;
    next = waiting.pop()
  ) {
    const { importer, name, from } = next
    const target = packages.find(name, from)
    if (target === undefined) continue
    if (watched.has(name)) note(found, target, importer)
    if (seen.has(target.folder)) continue
    seen.add(target.folder)
    for (const kind of ['dependencies', 'optionalDependencies', 'peerDependencies']) {
      for (const [dependency] of dependenciesOf(target.manifest, kind)) {
        waiting.push({ importer: name, name: dependency, from: target.folder })
      }
    }
  }
  return new Map([...found].map(([name, copies]) => [name, [...copies.values()]]))
}

/** The packages that run in production, without those that only builds and tests need. */
function rootsOf({ packages, sources }: Project): string[] {
  const imported = sources.flatMap(({ modules }) =>
    [...modules].flatMap((module) => /^(?:@[^/]+\/)?[^/]+/.exec(module) ?? []),
  )
  const declared = ['dependencies', 'optionalDependencies'].flatMap((kind) =>
    dependenciesOf(packages.manifest, kind).map(([name]) => name),
  )
  return [...new Set([...declared, ...imported])].filter(isPackageName)
}

function note(
  found: Map<string, Map<string, { package: Package; importers: string[] }>>,
  target: Package,
  importer: string,
): void {
  const copies =
    found.get(target.name) ?? new Map<string, { package: Package; importers: string[] }>()
  const copy = copies.get(target.folder) ?? { package: target, importers: [] }
  if (!copy.importers.includes(importer)) copy.importers.push(importer)
  copies.set(target.folder, copy)
  found.set(target.name, copies)
}

/** Whether the packages that must exist once do. */
export function checkDuplicatePackages(project: Project): CheckResult {
  const copies = findCopies(project)
  const apis = copies.get(API) ?? []
  const findings = [...ofApi(apis, project), ...ofCostspan(copies.get('costspan') ?? [])]
  if (findings.length > 0 || apis.length === 0) return { findings }
  const versions = new Set(apis.map((copy) => copy.package.version))
  return { findings, fine: `copies of ${API} agree (${[...versions].join(', ')})` }
}

/** Packages that register something with the API, with the package whose copy they register it in. */
const registrars: readonly (readonly [by: RegExp, names: readonly string[], importer: string])[] = [
  [
    /^@opentelemetry\/api$/,
    ['trace.setGlobalTracerProvider', 'context.setGlobalContextManager'],
    'your code',
  ],
  [/^@vercel\/otel$/, ['registerOTel'], '@vercel/otel'],
  [/^@opentelemetry\/sdk-node$/, ['NodeSDK'], '@opentelemetry/sdk-node'],
  [/^@opentelemetry\/sdk-trace-node$/, ['NodeTracerProvider'], '@opentelemetry/sdk-trace-node'],
]

/**
 * The API refuses a registration by another version than the first, and shows a registration only to copies of the same
 * minor or an older one.
 */
function ofApi(copies: readonly Copy[], project: Project): Finding[] {
  const versions = new Set(copies.map((copy) => copy.package.version))
  if (versions.size < 2) return []
  const registering = copies.filter((copy) =>
    registrars.some(
      ([by, names, importer]) =>
        copy.importers.includes(importer) && callsOf(project, by, ...names).length > 0,
    ),
  )
  const [first] = registering
  if (first === undefined) return []
  const other = registering.find((copy) => copy.package.version !== first.package.version)
  if (other !== undefined) {
    const message = `${described(first)} and ${described(other)} both register with OpenTelemetry, and the second is refused: no call may be charged.`
    return [apiFinding('error', message, first)]
  }
  const blind = copies.filter((copy) => cannotSee(copy, first))
  const emitters = blind.filter(({ importers }) => importers.some(emits))
  const [worst] = emitters.length > 0 ? emitters : blind
  if (worst === undefined) return []
  const message = `${described(worst)} does not see what ${described(first)} registers: its spans are not there, and are not charged.`
  return [apiFinding(emitters.length > 0 ? 'error' : 'note', message, first)]
}

function emits(importer: string): boolean {
  return importer === 'ai' || importer === 'your code' || /^(@ai-sdk\/|costspan$)/.test(importer)
}

function cannotSee(copy: Copy, registered: Copy): boolean {
  const [own, global] = [copy, registered].map((each) => parseVersion(each.package.version))
  if (own === undefined || global === undefined) return false
  return own.major !== global.major || own.minor > global.minor
}

function described({ package: { version }, importers }: Copy): string {
  return `${API} ${version} (of ${importers.toSorted().slice(0, 3).join(', ')})`
}

function apiFinding(
  severity: Finding['severity'],
  message: string,
  { package: { version } }: Copy,
): Finding {
  return {
    id: 'api-copies',
    severity,
    file: 'package.json',
    message,
    add: `"overrides": { "${API}": "${version}" }   (pnpm: pnpm.overrides, yarn: resolutions)`,
  }
}

function ofCostspan(copies: readonly Copy[]): Finding[] {
  if (copies.length < 2) return []
  const each = copies.map(({ package: { version }, importers }) => `${version} of ${importers[0]}`)
  return [
    {
      id: 'costspan-copies',
      severity: 'error',
      file: 'package.json',
      message: `costspan is there ${copies.length} times (${each.join(', ')}): what setAttribution sets in one copy the processor of another may not see, and the cost of calls has no user.`,
      add: 'npm dedupe   (or "overrides": { "costspan": "…" })',
    },
  ]
}

/** Packages that process spans. */
const ofSpans =
  /^@opentelemetry\/(sdk-trace(-base|-node|-web)?|sdk-node|exporter-trace-otlp-(http|proto|grpc))$|^@vercel\/otel$/

/** Whether the packages that process spans belong to one major of the SDK. */
export function checkSdkMajors(project: Project): CheckResult {
  if (!uses(project, COSTSPAN)) return noFindings
  const modules = new Set(project.sources.flatMap((source) => [...source.modules]))
  const used = [...modules].filter((name) => ofSpans.test(name)).toSorted()
  const byMajor = new Map<number, string>()
  for (const name of used) {
    const version: Version | undefined = project.packages.versionOf(name)
    if (version !== undefined) byMajor.set(sdkMajor(version), `${name} ${version.text}`)
  }
  const majors = [...byMajor.keys()].toSorted((one, other) => one - other)
  const [oldest = 0] = majors
  if (majors.length < 2) return noFindings
  const what = [...byMajor].map(([major, name]) => `${name} (of SDK ${major})`).join(', ')
  return {
    findings: [
      {
        id: 'sdk-majors',
        severity: oldest === 1 ? 'error' : 'note',
        file: 'package.json',
        message:
          oldest === 1
            ? `${what}: an exporter fails on spans of another SDK, so no cost is exported.`
            : `${what}: these were not made for each other; look whether spans arrive.`,
        add: 'npm install @opentelemetry/sdk-trace-base@2 @opentelemetry/exporter-trace-otlp-http@~0.223',
      },
    ],
  }
}
