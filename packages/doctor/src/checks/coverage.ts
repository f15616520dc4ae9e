import { pluralize } from '../pluralize.ts'
import { aiCalls } from '../queries.ts'
import type { Finding, CheckResult } from '../finding.ts'
import type { Project } from '../project.ts'

/** What the other checks could not examine. */
export function checkCoverage(project: Project): CheckResult {
  return { findings: [...notRead(project), ...notInstalled(project)] }
}

function notRead({ unread, elsewhere }: Project): Finding[] {
  const projects = unread.filter((path) => path.endsWith('/'))
  const files = unread.filter((path) => !path.endsWith('/'))
  const findings: Finding[] = []
  if (files.length > 0) {
    findings.push({
      id: 'not-read',
      severity: 'note',
      file: files[0],
      message: `${pluralize(files.length, 'file')} cannot be parsed, or ${files.length === 1 ? 'exceeds' : 'exceed'} the bounds of the doctor, and ${files.length === 1 ? 'was' : 'were'} not looked at: ${listed(files)}.`,
      add: 'npx costspan doctor <a smaller directory>',
    })
  }
  const [project, place] = [projects[0], elsewhere[0]]
  if (project !== undefined) {
    findings.push({
      id: 'not-read',
      severity: 'note',
      message: `${projects.length === 1 ? 'A folder has' : `${projects.length} folders have`} a package.json of ${projects.length === 1 ? 'its' : 'their'} own, and ${projects.length === 1 ? 'was' : 'were'} not looked at: ${listed(projects)}.`,
      add: `npx costspan doctor ${project}`,
    })
  }
  if (place !== undefined) {
    findings.push({
      id: 'not-read',
      severity: 'note',
      message: `Code outside of this directory, or behind a link, is imported and was not looked at: ${listed(elsewhere)}.`,
      add: 'npx costspan doctor <the directory of that code>',
    })
  }
  return findings
}

function notInstalled(project: Project): Finding[] {
  const { packages } = project
  if (packages.areInstalled || packages.declared.size === 0 || aiCalls(project).length === 0)
    return []
  return [
    {
      id: 'not-installed',
      severity: 'note',
      message:
        'No package is installed: versions are those of the lockfile or of package.json, and copies of a package cannot be seen.',
      add: 'npm ci',
    },
  ]
}

function listed(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and more` : names.join(', ')
}
