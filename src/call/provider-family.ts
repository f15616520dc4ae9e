/**
 * Who sends the invoice, and thereby whose price list counts. The AI SDK writes `openai.chat`
 * or `azure-openai.chat`, the GenAI conventions `openai` or `azure.ai.inference`; prices know
 * one name for each. Unknown providers keep the first segment of their own name.
 */
export type ProviderFamily = string

const families = new Map<string, ProviderFamily>([
  // The commonest ids, so that no string is cut for them.
  ['openai.chat', 'openai'],
  ['openai.responses', 'openai'],
  ['openai.embedding', 'openai'],
  ['openai', 'openai'],
  ['azure.chat', 'azure'],
  ['azure.responses', 'azure'],
  ['anthropic.messages', 'anthropic'],
  ['anthropic', 'anthropic'],
  ['gateway', 'gateway'],
  ['amazon-bedrock', 'aws'],
  ['aws.bedrock', 'aws'],
  ['bedrock', 'aws'],
  ['aws', 'aws'],
  ['azure-openai', 'azure'],
  ['az.ai.openai', 'azure'],
  ['az.ai.inference', 'azure'],
  ['gcp.gemini', 'google'],
  ['gcp.gen_ai', 'google'],
  ['gcp.vertex_ai', 'google-vertex'],
  ['google.generative-ai', 'google'],
  ['google.vertex.chat', 'google-vertex'],
  ['google.vertex.embedding', 'google-vertex'],
  ['google-vertex', 'google-vertex'],
  ['vertex', 'google-vertex'],
  ['vertex.anthropic.messages', 'google-vertex'],
  ['googleVertex', 'google-vertex'],
  ['googleVertex.anthropic.messages', 'google-vertex'],
  ['mistral_ai', 'mistral'],
  ['x_ai', 'xai'],
])

/** The family of an AI SDK provider id or a `gen_ai.provider.name`. */
export function providerFamily(provider: string): ProviderFamily {
  const exact = families.get(provider)
  if (exact !== undefined) return exact
  const dot = provider.indexOf('.')
  const first = dot === -1 ? provider : provider.slice(0, dot)
  return families.get(first) ?? first
}
