import { mergeAttribution, type Attribution } from './attribution.ts'
import { mergedOf, type Boundary } from './boundary.ts'

/**
 * Who pays for what happens below a parent span, the span's own word left aside: a boundary
 * opened inside the parent, over what the parent itself resolved to, over boundaries further out.
 * What a boundary states passes `protect`; what the parent resolved to has passed it before.
 */
export function inheritedAttribution(
  boundary: Boundary | undefined,
  parentSpanId: string | undefined,
  parent: Attribution,
  protect: (raw: Attribution) => Attribution,
): Attribution {
  if (boundary === undefined) return parent
  if (parentSpanId === undefined) return mergeAttribution(protect(mergedOf(boundary)), parent)
  const inside: Attribution[] = []
  let outer: Boundary | undefined = boundary
  for (; outer?.openedInSpanId === parentSpanId; outer = outer.outer)
    inside.push(protect(outer.own))
  const above = outer === undefined ? parent : mergeAttribution(protect(mergedOf(outer)), parent)
  return inside.reduceRight(mergeAttribution, above)
}
