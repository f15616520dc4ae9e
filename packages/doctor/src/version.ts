export interface Version {
  readonly major: number
  readonly minor: number
  readonly patch: number
  readonly text: string
}

/** Parses a version, or the lowest version of a range such as `^2.1`. */
export function parseVersion(text: string | undefined): Version | undefined {
  const found = /(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text ?? '')
  if (found === null) return undefined
  const [whole, major, minor = 0, patch = 0] = found
  return { major: Number(major), minor: Number(minor), patch: Number(patch), text: whole }
}

export function isBefore(version: Version, major: number, minor: number): boolean {
  return version.major < major || (version.major === major && version.minor < minor)
}

/** The major of OpenTelemetry's SDK that a package belongs to. Packages of 0.x count in hundreds. */
export function sdkMajor({ major, minor }: Version): number {
  if (major > 0) return major
  if (minor < 200) return 1
  return minor < 300 ? 2 : 3
}
