import { setTimeout as sleep } from 'node:timers/promises'

/** A span as Phoenix gives it back. */
export interface PhoenixSpan {
  readonly spanId: string
  /** The path of its page. */
  readonly page: string
  readonly kind: string
  readonly attributes: Readonly<Record<string, unknown>>
  /** What Phoenix itself thinks it cost, in US dollars; `undefined` where it has no price. */
  readonly ownUsd: number | undefined
}

const PATIENCE_MILLISECONDS = 90_000
const PAGE = 1000

/** All spans of a project, once so many are stored and none of the calls waits for its price. */
export async function readProject(
  url: string,
  project: string,
  count: number,
): Promise<PhoenixSpan[]> {
  const deadline = Date.now() + PATIENCE_MILLISECONDS
  let spans: PhoenixSpan[] = []
  let priced = -1
  for (;;) {
    const before = priced
    spans = await readSpans(url, project)
    priced = spans.filter(({ ownUsd }) => ownUsd !== undefined).length
    // Prices come some seconds after spans.
    if (spans.length >= count && priced > 0 && priced === before) return spans
    if (Date.now() > deadline) return spans
    await sleep(3000)
  }
}

async function readSpans(url: string, project: string): Promise<PhoenixSpan[]> {
  const id = await idOf(url, project)
  if (id === undefined) return []
  const spans: PhoenixSpan[] = []
  let after = ''
  for (;;) {
    const page = await ask<SpansPage>(
      url,
      `{node(id:"${id}"){...on Project{spans(first:${PAGE}${after}){
        pageInfo{hasNextPage endCursor}
        edges{node{id spanId trace{traceId} spanKind attributes costSummary{total{cost}}}}
      }}}}`,
    )
    const { edges, pageInfo } = page.node.spans
    spans.push(
      ...edges.map(({ node }) => ({
        spanId: node.spanId,
        page: `/projects/${id}/traces/${node.trace.traceId}?selectedSpanNodeId=${node.id}`,
        kind: node.spanKind,
        attributes: flat(JSON.parse(node.attributes) as object),
        ownUsd: node.costSummary?.total.cost ?? undefined,
      })),
    )
    if (!pageInfo.hasNextPage) return spans
    after = `,after:"${pageInfo.endCursor}"`
  }
}

interface SpansPage {
  node: {
    spans: {
      pageInfo: { hasNextPage: boolean; endCursor: string }
      edges: {
        node: {
          id: string
          spanId: string
          trace: { traceId: string }
          spanKind: string
          attributes: string
          costSummary: { total: { cost: number | null } } | null
        }
      }[]
    }
  }
}

async function idOf(url: string, project: string): Promise<string | undefined> {
  const { projects } = await ask<{
    projects: { edges: { node: { id: string; name: string } }[] }
  }>(url, '{projects(first:100){edges{node{id name}}}}')
  return projects.edges.find(({ node }) => node.name === project)?.node.id
}

async function ask<Data>(url: string, query: string): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown }
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  return data
}

/** Phoenix nests attributes by their dots. */
function flat(nested: object, prefix = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(nested).flatMap(([name, value]) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(flat(value as object, `${prefix}${name}.`))
        : [[`${prefix}${name}`, value] as const],
    ),
  )
}
