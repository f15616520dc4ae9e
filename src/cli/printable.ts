/** Untrusted text for a terminal: control characters, which a terminal executes, are replaced by `?`. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
}
