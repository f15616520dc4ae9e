import { chmodSync, fchmodSync, fstatSync, lstatSync, statSync } from 'node:fs'
import { reportError } from '../warnings/reporter.ts'

/** The mode of a file that only its owner can read. */
export const OWNER_ONLY = 0o600

const OTHERS = 0o077
const OTHERS_WRITE = 0o022
const STICKY = 0o1000

/** On Windows, modes do not control who may read a file. */
const hasModes = process.platform !== 'win32'

/** Whether users other than the owner have any permission for a file. */
export function isOpenToOthers(mode: number): boolean {
  return hasModes && (mode & OTHERS) !== 0
}

/**
 * Removes the permissions of other users from an open file. A device or pipe is left unchanged.
 *
 * @throws Error if others may read the file and it belongs to another user.
 */
export function closeToOthers(descriptor: number, path: string): void {
  const found = fstatSync(descriptor)
  if (!found.isFile() || !isOpenToOthers(found.mode)) return
  try {
    fchmodSync(descriptor, OWNER_ONLY)
  } catch (error) {
    throw new Error(
      `others may read ${path} (mode 0${(found.mode & 0o777).toString(8)}), and only its owner can change that: ` +
        'chmod 600 it, or take another path',
      { cause: error },
    )
  }
}

/** Removes the permissions of other users from rotated files, or warns where that fails. */
export function closeAllToOthers(files: readonly string[]): void {
  for (const file of files) {
    try {
      const found = lstatSync(file)
      if (found.isFile() && isOpenToOthers(found.mode)) chmodSync(file, OWNER_ONLY)
    } catch (error) {
      // Another process has rotated or compressed it.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue
      reportError(`others may read ${file}, a part of the ledger; chmod 600 it`, error)
    }
  }
}

/** An existing folder keeps its mode, because it may hold other files; users who can write to it can replace the ledger. */
export function warnOfOpenFolder(folder: string): void {
  const { mode } = statSync(folder)
  if (!hasModes || (mode & OTHERS_WRITE) === 0 || (mode & STICKY) !== 0) return
  const error = new Error(`mode 0${(mode & 0o777).toString(8)}`)
  reportError(`others may write to the folder of the ledger, and replace it: ${folder}`, error)
}
