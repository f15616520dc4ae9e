/** Six digits: a short answer costs some hundred thousandths of a dollar. */
export function dollars(usd: number): string {
  return `$${usd.toFixed(6)}`
}

export function Money({ usd }: { usd: number }) {
  return (
    <data className="money" value={usd}>
      {dollars(usd)}
    </data>
  )
}
