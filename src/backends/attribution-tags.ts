import type { Charge } from '../charge/charge.ts'

/** Plan and tenant as labels, for backends that filter and group by tags. */
export function attributionTags({ plan, tenantId }: Charge['attribution']): string[] | undefined {
  const tags = [
    ...(plan === undefined ? [] : [`plan:${plan}`]),
    ...(tenantId === undefined ? [] : [`tenant:${tenantId}`]),
  ]
  return tags.length === 0 ? undefined : tags
}
