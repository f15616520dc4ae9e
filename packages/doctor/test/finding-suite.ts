import type { FindingId, Severity } from 'costspan-doctor'
import { afterAll, describe, expect, test } from 'vitest'
import {
  diagnoseProject,
  inShort,
  lineOf,
  removeProjects,
  type Files,
  type Packages,
} from './project.ts'

/** A defect in a project, and the same project without it. */
export interface Case {
  readonly what: string
  readonly id: FindingId
  readonly severity: Severity
  /** Where it is found: a file, and a part of the line. */
  readonly at?: readonly [file: string, part?: string]
  /** A part of what is to be added. */
  readonly add: string
  readonly files: Files
  readonly packages: Packages
  /** The same without the defect. */
  readonly mended: Files
  readonly mendedPackages?: Packages
}

/** A defect is found where it is, with its severity and what to add, and is gone when it is mended. */
export function findingSuite(cases: readonly Case[]): void {
  afterAll(removeProjects)
  const named = cases.map((each) => [`${each.id}: ${each.what}`, each] as const)
  describe('a defect is found where it is, and is gone when it is mended', () => {
    test.each(named)('%s', async (_, { id, severity, at, add, files, packages, ...rest }) => {
      const { findings } = await diagnoseProject(files, packages)
      const found = findings.filter((finding) => finding.id === id)
      expect(found.map(inShort)).toHaveLength(1)
      expect(found[0]).toMatchObject({ severity, add: expect.stringContaining(add) })
      expect(found[0]?.message).toMatch(/^\S.*\.$/)
      if (at !== undefined) {
        const [file, part] = at
        const line = part === undefined ? undefined : lineOf(files[file] ?? '', part)
        expect(found[0]).toMatchObject({ file, ...(line !== undefined && { line }) })
      }

      const mended = await diagnoseProject(rest.mended, rest.mendedPackages ?? packages)
      expect(mended.findings.filter((finding) => finding.id === id).map(inShort)).toEqual([])
    })
  })
}
