/** Text from outside as a terminal may show it: one that obeys control characters is shown `?` instead. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
}
