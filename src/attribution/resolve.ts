import { mergeAttribution, type StatedAttribution } from './attribution.ts'
import { mergedOf, type Boundary } from './boundary.ts'

/**
 * The attribution that a span inherits, without its own attributes: a boundary opened inside the parent, then the
 * attribution of the parent, then outer boundaries. `redact` is applied to what a boundary states; the attribution of
 * the parent has been redacted before.
 */
export function inheritedAttribution(
  boundary: Boundary | undefined,
  parentSpanId: string | undefined,
  parent: StatedAttribution,
  redact: (raw: StatedAttribution) => StatedAttribution,
): StatedAttribution {
  if (boundary === undefined) return parent
  if (parentSpanId === undefined) return mergeAttribution(redact(mergedOf(boundary)), parent)
  const inside: StatedAttribution[] = []
  let outer: Boundary | undefined = boundary
  for (; outer?.openedInSpanId === parentSpanId; outer = outer.outer) inside.push(redact(outer.own))
  const above = outer === undefined ? parent : mergeAttribution(redact(mergedOf(outer)), parent)
  return inside.reduceRight(mergeAttribution, above)
}
