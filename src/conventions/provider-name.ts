import type { ModelCall } from './model-call.ts'
import type { ProviderFamily } from './provider-family.ts'

/** Families whose name in the GenAI conventions is another one; the conventions require their own names. */
const namesByFamily = new Map<ProviderFamily, string>([
  ['aws', 'aws.bedrock'],
  ['azure', 'azure.ai.openai'],
  ['google', 'gcp.gemini'],
  ['google-vertex', 'gcp.vertex_ai'],
  ['mistral', 'mistral_ai'],
  ['xai', 'x_ai'],
])

/** Names of the conventions for one of several services of a family, which its own name does not distinguish. */
const serviceNames = new Set(['azure.ai.inference', 'gcp.gen_ai'])

/** The `gen_ai.provider.name` of a call: as the conventions require it, and as a span that follows them has it. */
export function providerName({ provider, family }: ModelCall): string {
  return serviceNames.has(provider) ? provider : (namesByFamily.get(family) ?? family)
}
