/**
 * The vendor that sends the invoice, and whose price list applies. The AI SDK writes `openai.chat`
 * or `azure-openai.chat`, the GenAI conventions `openai` or `azure.ai.inference`; prices know
 * one name for each. Unknown providers keep the first segment of their own name.
 */
export type ProviderFamily = string

/** The ids of a family besides its name. The AI SDK's commonest ids are listed whole, so that no string is cut for them. */
const idsByFamily = {
  openai: 'openai.chat openai.responses openai.embedding',
  azure: 'azure.chat azure.responses azure-openai azure_openai az.ai.openai az.ai.inference',
  anthropic: 'anthropic.messages',
  gateway: 'vercel_ai_gateway',
  aws: 'amazon-bedrock amazon_bedrock amazonBedrock aws.bedrock aws_bedrock bedrock',
  google: 'gcp.gemini gcp.gen_ai google.generative-ai google_genai gemini',
  'google-vertex': 'gcp.vertex_ai google_vertexai googleVertex vertex vertex_ai vertexai',
  mistral: 'mistral_ai mistralai',
  xai: 'x_ai x-ai',
  togetherai: 'together together_ai together-ai',
  fireworks: 'fireworks_ai fireworks-ai',
}

const families = new Map<string, ProviderFamily>(
  Object.entries(idsByFamily).flatMap(([family, ids]) =>
    [family, ...ids.split(' ')].map((id) => [id, family] as const),
  ),
)

// Most calls have the provider of the previous call, and a comparison is faster than a look-up.
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
