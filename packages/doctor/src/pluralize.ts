/** `1 call`, `1,200 calls`. */
export function pluralize(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`
}
