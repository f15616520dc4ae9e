/** A client of a provider that is used without the AI SDK. */
export interface RawClient {
  readonly title: string
  /** The modules that export the client, without those of its types and helpers. */
  readonly module: RegExp
  /** The names that make a client or call the provider. */
  readonly makers: RegExp
}

/** All chat models and embeddings of LangChain. Their packages also export messages and parsers. */
const ofLangChain =
  /^((Azure)?(Chat|OpenAI)\w*|\w*(Bedrock|Embeddings|LLM|Ollama)|initChatModel|createAgent)$/

export const rawClients: readonly RawClient[] = [
  {
    title: 'openai',
    module: /^openai(\/(index|azure|client)(\.\w+)?|\/(beta\/)?realtime\/\w+)?$/,
    makers: /^(default|default\.OpenAI|OpenAI|(Azure|Bedrock)OpenAI|OpenAIRealtime\w+|)$/,
  },
  {
    title: '@openai/agents',
    module: /^@openai\/agents(-core|-openai)?$/,
    makers: /^(Agent|Runner|run)$/,
  },
  {
    title: '@anthropic-ai/sdk',
    module: /^@anthropic-ai\/(sdk|bedrock-sdk|vertex-sdk|foundry-sdk)(\/(index|client)(\.\w+)?)?$/,
    makers: /^(default|Anthropic\w*|default\.Anthropic|)$/,
  },
  {
    title: '@google/genai',
    module: /^(@google\/(genai|generative-ai)|@google-cloud\/vertexai)(\/(node|web|server))?$/,
    makers: /^(GoogleGenAI|GoogleGenerativeAI|VertexAI)$/,
  },
  { title: 'groq-sdk', module: /^groq-sdk$/, makers: /^(default|Groq|)$/ },
  {
    title: '@mistralai/mistralai',
    module: /^@mistralai\/mistralai(-azure|-gcp)?$/,
    makers: /^(Mistral\w*|default)$/,
  },
  { title: 'cohere-ai', module: /^cohere-ai$/, makers: /^(\w*Client(V2)?|default)$/ },
  { title: 'together-ai', module: /^together-ai$/, makers: /^(default|Together|)$/ },
  {
    title: 'ollama',
    module: /^ollama(\/browser)?$/,
    makers: /^(Ollama|default(\.\w+)?|(chat|generate|embed)|)$/,
  },
  {
    title: '@aws-sdk/client-bedrock-runtime',
    module: /^@aws-sdk\/client-bedrock-(agent-)?runtime$/,
    makers: /^Bedrock(Agent)?Runtime(Client)?$/,
  },
  {
    title: 'LangChain',
    module:
      /^(langchain(\/.*)?|@langchain\/(anthropic|aws|cerebras|cloudflare|cohere|community|deepseek|fireworks|google[\w-]*|groq|mistralai|ollama|openai|openrouter|perplexity|together-ai|xai)(\/.*)?)$/,
    makers: ofLangChain,
  },
  {
    title: 'Mastra',
    module: /^@mastra\/core(\/agent)?$/,
    makers: /^Agent$/,
  },
  {
    title: 'Claude Agent SDK',
    module: /^@anthropic-ai\/claude-(agent-sdk|code)$/,
    makers: /^(query|startup|unstable_v2_\w+)$/,
  },
  {
    title: 'LlamaIndex',
    module:
      /^(llamaindex|@llamaindex\/(anthropic|azure|cohere|deepseek|google|groq|mistral|ollama|openai|together|xai)[\w-]*)$/,
    makers: /^([A-Z]\w*|[a-z]\w*)$/,
  },
  {
    title: 'a client of a provider',
    module:
      /^(replicate|portkey-ai|voyageai|@huggingface\/inference|@openrouter\/sdk|@azure\/openai|@azure-rest\/ai-inference|@cerebras\/cerebras_cloud_sdk|@perplexity-ai\/perplexity_ai|@google-cloud\/aiplatform)$/,
    makers: /^(default|[A-Z]\w*|)$/,
  },
]

/** The line that lets `costspan/clients` read a client's answers, by the modules that take it. */
const wireLines: readonly (readonly [module: RegExp, line: string])[] = [
  [/^openai(?!.*realtime)/, 'withCosts(new OpenAI())'],
  [/^@anthropic-ai\/(sdk|vertex-sdk|foundry-sdk)/, 'withCosts(new Anthropic())'],
  [/^@google\/genai/, 'withCosts(new GoogleGenAI({ apiKey }))'],
  [/^groq-sdk/, 'withCosts(new Groq())'],
  [/^together-ai/, 'withCosts(new Together())'],
  [/^@openai\/agents/, 'setDefaultOpenAIClient(withCosts(new OpenAI()))'],
  [
    /^@mistralai\/mistralai/,
    'new Mistral({ httpClient: new HTTPClient({ fetcher: costFetch() }) })',
  ],
  [/^cohere-ai/, 'new CohereClientV2({ fetch: costFetch() })'],
  [/^@langchain\/openai/, 'new ChatOpenAI({ configuration: { fetch: costFetch() } })'],
  [/^@langchain\/anthropic/, 'new ChatAnthropic({ clientOptions: { fetch: costFetch() } })'],
]

/** The line to write for a client; `undefined` where no `fetch` sends its requests, or none that is read. */
export function wireAdvice(module: string): string | undefined {
  return wireLines.find(([pattern]) => pattern.test(module))?.[1]
}

/** Hosts of providers that bill their answers. */
export const billedHosts =
  /\b(api\.openai\.com|openai\.azure\.com|api\.anthropic\.com|generativelanguage\.googleapis\.com|aiplatform\.googleapis\.com|api\.mistral\.ai|api\.groq\.com|api\.cohere\.(com|ai)|api\.together\.(xyz|ai)|api\.deepseek\.com|api\.x\.ai|openrouter\.ai\/api|api\.perplexity\.ai|api\.fireworks\.ai|api\.cerebras\.ai|api\.deepinfra\.com|bedrock-runtime\.[\w-]{1,40}\.amazonaws\.com)/

/** Paths of those hosts that are free of charge. */
export const freePaths =
  /\/v\d\w*\/(models|files|moderations|organization|key|credits|auth|batches\/|generation)(\b(?!.*:\w*[gG]enerat|.*:embed|.*:predict))/
