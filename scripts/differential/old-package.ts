import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** The last commit before folders, names and duplicates of rules were reworked: behaviour on spans stays as it was there. */
export const OLD_COMMIT = '4057bef'

/** Builds the package of a commit in a temporary folder, with the dependencies of this checkout. */
export function buildOldPackage(commit: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'costspan-old-'))
  const archive = execFileSync('git', ['archive', commit], { cwd: root, maxBuffer: 1e9 })
  execFileSync('tar', ['x', '-C', folder], { input: archive })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  execFileSync('npm', ['run', '-s', 'build'], { cwd: folder, stdio: 'inherit' })
  return folder
}

/** @throws Error if a folder holds no built package. */
export function assertBuilt(folder: string): void {
  if (!existsSync(join(folder, 'dist/index.js'))) {
    throw new Error(`Expected a built package in ${folder}: run npm run build there`)
  }
}
