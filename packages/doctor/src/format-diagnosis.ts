import { styleText } from 'node:util'
import { pluralize } from './pluralize.ts'
import { severities, type Finding } from './finding.ts'
import type { Diagnosis } from './diagnose.ts'
import { printable } from './printable.ts'

/** The most places that are printed for one finding. */
const MOST_PLACES = 5

const styles = {
  error: 'red',
  warning: 'yellow',
  note: 'cyan',
  strong: 'bold',
  faint: 'dim',
  fine: 'green',
} as const

type Paint = (text: string, kind: keyof typeof styles) => string

/** A diagnosis as text: what was examined, the findings, the most severe first, and what is right. */
export function formatDiagnosis(diagnosis: Diagnosis, isColoured: boolean): string {
  const paint: Paint = (text, kind) =>
    // The caller has checked the terminal.
    isColoured ? styleText(styles[kind], text, { validateStream: false }) : text
  const { findings, fine, packages, files } = diagnosis
  const looked = packages.map(({ name, version }) => `${name} ${printable(version)}`).join(', ')
  const lines = [
    paint(
      `Looked at ${looked === '' ? 'a project without a package that matters' : looked}`,
      'strong',
    ),
    paint(`${pluralize(files, 'file')} of ${printable(diagnosis.directory)}`, 'faint'),
    ...severities.flatMap((severity) => {
      const these = findings.filter((finding) => finding.severity === severity)
      if (these.length === 0) return []
      return [
        '',
        paint(pluralize(these.length, severity), severity),
        ...grouped(these).flatMap((group) => groupText(group, paint)),
      ]
    }),
    ...(fine.length === 0
      ? []
      : ['', paint('Fine', 'fine'), ...fine.map((each) => `  ${printable(each)}`)]),
    ...(findings.length === 0
      ? ['', 'Nothing of what docs/reference/doctor.md lists was found.']
      : []),
  ]
  return `${lines.join('\n')}\n`
}

/** Groups equal findings of several places, so that each is printed once. */
function grouped(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const groups = new Map<string, Finding[]>()
  for (const finding of findings) {
    const key = JSON.stringify([finding.id, finding.message, finding.add])
    const group = groups.get(key) ?? []
    groups.set(key, [...group, finding])
  }
  return [...groups.values()]
}

function groupText(group: readonly Finding[], paint: Paint): string[] {
  const [finding] = group
  if (finding === undefined) return []
  const places = group.flatMap(({ file, line }) =>
    file === undefined ? [] : [line === undefined ? file : `${file}:${line}`],
  )
  const more = places.length - MOST_PLACES
  const shown = [...places.slice(0, MOST_PLACES), ...(more > 0 ? [`and ${more} more`] : [])]
  const [first = '', ...rest] = finding.add.split('\n')
  return [
    '',
    `  ${paint(finding.id, 'strong')}${shown.length > 0 ? `  ${printable(shown.join(', '))}` : ''}`,
    `    ${printable(finding.message)}`,
    `    ${paint('Add:', 'faint')} ${printable(first)}`,
    ...rest.map((line) => `         ${printable(line)}`),
  ]
}
