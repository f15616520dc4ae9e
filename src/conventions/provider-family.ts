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
  ['amazon_bedrock', 'aws'],
  ['amazonBedrock', 'aws'],
  ['aws.bedrock', 'aws'],
  ['aws_bedrock', 'aws'],
  ['bedrock', 'aws'],
  ['aws', 'aws'],
  ['azure-openai', 'azure'],
  ['azure_openai', 'azure'],
  ['az.ai.openai', 'azure'],
  ['az.ai.inference', 'azure'],
  ['gcp.gemini', 'google'],
  ['gcp.gen_ai', 'google'],
  ['gcp.vertex_ai', 'google-vertex'],
  ['google.generative-ai', 'google'],
  ['google_genai', 'google'],
  ['gemini', 'google'],
  ['google-vertex', 'google-vertex'],
  ['google_vertexai', 'google-vertex'],
  ['googleVertex', 'google-vertex'],
  ['vertex', 'google-vertex'],
  ['vertex_ai', 'google-vertex'],
  ['vertexai', 'google-vertex'],
  ['mistral_ai', 'mistral'],
  ['mistralai', 'mistral'],
  ['x_ai', 'xai'],
  ['x-ai', 'xai'],
  ['together', 'togetherai'],
  ['together_ai', 'togetherai'],
  ['together-ai', 'togetherai'],
  ['fireworks_ai', 'fireworks'],
  ['fireworks-ai', 'fireworks'],
  ['vercel_ai_gateway', 'gateway'],
])

// One call's provider is most often the next one's, and to compare is quicker than to look up.
let lastProvider: string | undefined
let lastFamily: ProviderFamily = ''

/** The family of an AI SDK provider id or a `gen_ai.provider.name`. */
export function providerFamily(provider: string): ProviderFamily {
  if (provider === lastProvider) return lastFamily
  const family = families.get(provider) ?? familyOfPart(provider)
  lastProvider = provider
  lastFamily = family
  return family
}

function familyOfPart(provider: string): ProviderFamily {
  if (provider.startsWith('google.vertex')) return 'google-vertex'
  const dot = provider.indexOf('.')
  const first = dot === -1 ? provider : provider.slice(0, dot)
  const family = families.get(first)
  if (family !== undefined) return family
  // Some instrumentations write `OpenAI`.
  const lower = first.toLowerCase()
  return families.get(lower) ?? lower
}
