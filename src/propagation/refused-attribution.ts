/** Why a token is not believed. */
export type RefusalReason = 'missing' | 'malformed' | 'forged' | 'expired'

const said: { readonly [Reason in RefusalReason]: string } = {
  missing:
    'is not there: whoever sent the message made no token, or it was sent before tokens were. Set ' +
    "`missing: 'nobody'` to let such messages pass",
  malformed: 'is no token of this version, or was cut or changed on its way',
  forged: 'was signed by none of the signingKeys, or changed on its way',
  expired: 'is older than whoever made it allowed',
}

/** A token that is not believed. Its message says why, and nothing of what is in it. */
export class RefusedAttribution extends Error {
  override readonly name = 'RefusedAttribution'
  readonly reason: RefusalReason

  constructor(reason: RefusalReason) {
    super(`Refused an attribution that ${said[reason]} (${reason})`)
    this.reason = reason
  }
}
