import { aiCalls, costProcessors, COSTSPAN, firstArgument, hasProperty } from '../queries.ts'
import { noFindings, type Finding, type CheckResult } from '../finding.ts'
import type { Located, Project } from '../project.ts'
import type { Source } from '../module.ts'
import {
  asNode,
  boundNames,
  lineOf,
  nameOfProperty,
  nodesIn,
  nodesOf,
  propertyOf,
  stringOf,
  textOf,
  unwrap,
  type SyntaxNode,
} from '../syntax.ts'

/** Whether a user or tenant id is, by its name, an e-mail address or a phone number: costspan leaves such an id out. */
export function checkPersonalIds(project: Project): CheckResult {
  if (costProcessors(project).length === 0 || keepsPersonalIds(project)) return noFindings
  return { findings: personalIds(project).map(findingOf) }
}

/** Whether any id is personal and will be left out. */
export function namesPersonalId(project: Project): boolean {
  return !keepsPersonalIds(project) && personalIds(project).length > 0
}

function findingOf({ node, source }: Located): Finding {
  return {
    id: 'payer-redacted',
    severity: 'warning',
    file: source.path,
    line: lineOf(node),
    message:
      'The id of a user or tenant looks like an e-mail address or a phone number: costspan leaves such an id out (`redacted`), and the cost of the calls has no user.',
    add: 'userId: session.user.id   (a stable internal id), or new CostSpanProcessor({ privacy: { pseudonymize: { key: process.env.COST_KEY } } })',
  }
}

/** Whether the project keeps or pseudonymizes personal ids, or sets `privacy` in a way that is not visible. */
function keepsPersonalIds(project: Project): boolean {
  if (hasProperty(project, 'pseudonymize')) return true
  return (
    project.sources.some(({ nodes }) =>
      nodes.some((node) => {
        const value = propertyOf(node, 'personalIds')
        return value !== undefined && stringOf(value) !== 'omit'
      }),
    ) ||
    costProcessors(project).some((call) => {
      const options = firstArgument(call, project)
      const privacy = propertyOf(options?.node, 'privacy')
      if (privacy === undefined || options === undefined) return false
      const stated = project.resolve(privacy, options.source).node
      return (
        stated.type !== 'ObjectExpression' ||
        nodesIn(stated['properties']).some(({ type }) => type === 'SpreadElement')
      )
    })
  )
}

const idFields = new Set(['userId', 'user_id', 'tenantId', 'tenant_id'])

/** The personal ids in the arguments of costspan's functions and in the metadata of AI calls. */
function personalIds(project: Project): readonly Located[] {
  const given = project.calls
    .filter(({ of }) => of !== undefined && COSTSPAN.test(of.module))
    .flatMap((call) => firstArgument(call, project) ?? [])
  const metadata = aiCalls(project).flatMap((call) => {
    const options = firstArgument(call, project)
    if (options === undefined) return []
    return nodesOf(options.node).nodes.flatMap((node) =>
      ['metadata', 'runtimeContext'].flatMap((name) => {
        const value = propertyOf(node, name)
        return value === undefined ? [] : [project.resolve(value, options.source)]
      }),
    )
  })
  const found = new Map<SyntaxNode, Located>()
  for (const { node, source } of [...given, ...metadata]) {
    for (const each of nodesOf(node).nodes) {
      if (each.type !== 'ObjectProperty' || !idFields.has(nameOfProperty(each) ?? '')) continue
      const value = asNode(each['value'])
      if (value === undefined || !isPersonal({ node: value, source }, 0, project)) continue
      found.set(each, { node: each, source })
    }
  }
  return [...found.values()]
}

const MOST_STEPS = 6

/** Methods and functions whose result is still an address. */
const keeping = /^(String|toString|toLowerCase|toLocaleLowerCase|toUpperCase|trim|normalize)$/

function isPersonal(at: Located, depth: number, project: Project): boolean {
  if (depth > MOST_STEPS) return false
  const { source } = at
  const node = unwrap(at.node)
  const inside = (each: unknown): boolean => {
    const part = asNode(each)
    return part !== undefined && isPersonal({ node: part, source }, depth + 1, project)
  }
  switch (node.type) {
    case 'Identifier': {
      const name = textOf(node) ?? ''
      if (isPersonalName(name) || isBoundFromPersonal(name, source)) return true
      const value = project.resolve(node, source)
      return value.node !== node && isPersonal(value, depth + 1, project)
    }
    case 'MemberExpression':
    case 'OptionalMemberExpression': {
      const property = asNode(node['property'])
      const name = node['computed'] === true ? stringOf(property) : textOf(property)
      return isPersonalName(name ?? '')
    }
    case 'LogicalExpression':
    case 'BinaryExpression':
      return inside(node['left']) || inside(node['right'])
    case 'ConditionalExpression':
      return inside(node['consequent']) || inside(node['alternate'])
    case 'TemplateLiteral':
      return nodesIn(node['expressions']).some(inside)
    case 'CallExpression':
    case 'OptionalCallExpression': {
      const callee = asNode(node['callee'])
      const called = textOf(asNode(callee?.['property']) ?? callee) ?? ''
      if (!keeping.test(called)) return false
      return inside(callee?.['object']) || nodesIn(node['arguments']).some(inside)
    }
    default:
      return false
  }
}

/** Whether a pattern binds a name to a personal field: `const { email: id } = session.user`. */
function isBoundFromPersonal(name: string, { nodes, parents }: Source): boolean {
  return nodes.some(
    (node) =>
      node.type === 'ObjectProperty' &&
      parents.get(node)?.type === 'ObjectPattern' &&
      isPersonalName(nameOfProperty(node) ?? '') &&
      boundNames(asNode(node['value'])).includes(name),
  )
}

/** `email`, `userEmail`, `email_address`, `phoneNumber`, but not what is derived from one, such as `emailHash`. */
function isPersonalName(name: string): boolean {
  const words = name.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase()
  return (
    /(^|[_-])(e[_-]?mail|mail|phone|mobile|msisdn)([_-]?(address|number))?$/.test(words) &&
    !/hash|hmac|pseudo|anon|mask|crypt|token|opaque/.test(words)
  )
}
