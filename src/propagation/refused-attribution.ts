/**
 * Why a token is refused.
 *
 * - `missing`: there is none.
 * - `malformed`: it is no token of this version, or was cut or changed.
 * - `forged`: none of the keys signed it, or it was changed.
 * - `expired`: it is older than its sender allowed.
 */
export type RefusalReason = 'missing' | 'malformed' | 'forged' | 'expired'

const descriptions: { readonly [Reason in RefusalReason]: string } = {
  missing:
    'is missing: the sender created no token, or sent the message before tokens were in use. Set ' +
    "`missing: 'nobody'` to accept such messages",
  malformed: 'is no token of this version, or was cut or changed on its way',
  forged: 'was signed by none of the signingKeys, or changed on its way',
  expired: 'is older than its sender allowed',
}

/** A refused token. The message has the reason, and nothing of the token. */
export class RefusedAttribution extends Error {
  /** `RefusedAttribution`, also where a bundler has renamed the class. */
  override readonly name = 'RefusedAttribution'
  /** Why the token is refused. */
  readonly reason: RefusalReason

  /** @param reason why the token is refused. */
  constructor(reason: RefusalReason) {
    super(`Refused an attribution that ${descriptions[reason]} (${reason})`)
    this.reason = reason
  }
}
