import { join } from 'node:path'
import { readText } from './files.ts'
import type { Source } from './module.ts'
import { asNode, lineOf, stringOf, textOf } from './syntax.ts'

export type DeployTargetName =
  | 'Vercel'
  | 'Cloudflare'
  | 'Netlify'
  | 'AWS Lambda'
  | 'an edge runtime'

/** A platform that may freeze a process after its response, and the file that names the platform. */
export interface DeployTarget {
  readonly name: DeployTargetName
  readonly file: string
  readonly line?: number | undefined
}

const files: readonly (readonly [file: string, name: DeployTargetName, content?: RegExp])[] = [
  ['vercel.json', 'Vercel'],
  ['vercel.ts', 'Vercel'],
  ['.vercel/project.json', 'Vercel'],
  ['wrangler.toml', 'Cloudflare'],
  ['wrangler.json', 'Cloudflare'],
  ['wrangler.jsonc', 'Cloudflare'],
  ['netlify.toml', 'Netlify'],
  ['serverless.yml', 'AWS Lambda', /\baws\b/],
  ['serverless.yaml', 'AWS Lambda', /\baws\b/],
  ['serverless.ts', 'AWS Lambda', /\baws\b/],
  ['serverless.json', 'AWS Lambda', /\baws\b/],
  ['template.yaml', 'AWS Lambda', /AWS::(Serverless|Lambda)::Function/],
  ['template.yml', 'AWS Lambda', /AWS::(Serverless|Lambda)::Function/],
]

export function findDeployTargets(
  directory: string,
  sources: readonly Source[],
): readonly DeployTarget[] {
  const configured = files.flatMap(([file, name, content]) => {
    const text = readText(join(directory, file))
    return text !== undefined && (content?.test(text) ?? true) ? [{ name, file }] : []
  })
  return [...configured, ...sources.flatMap(targetIn)]
}

function targetIn(source: Source): DeployTarget[] {
  const { path: file, exports, modules, typeModules } = source
  const runtime = exports.get('runtime')
  const edge = stringOf(runtime)
  if (runtime !== undefined && (edge === 'edge' || edge === 'experimental-edge')) {
    return [{ name: 'an edge runtime', file, line: lineOf(runtime) }]
  }
  // Other code exports a `handler` too: only an import of Lambda's types proves that this one is Lambda's.
  const isLambda = modules.has('aws-lambda') || typeModules.has('aws-lambda')
  return isLambda && exportsHandler(source)
    ? [{ name: 'AWS Lambda', file, line: lineOf(exports.get('handler') ?? { type: '' }) }]
    : []
}

function exportsHandler({ exports, nodes }: Source): boolean {
  if (exports.has('handler')) return true
  return nodes.some(
    ({ type, left }) =>
      type === 'AssignmentExpression' && textOf(asNode(asNode(left)?.['property'])) === 'handler',
  )
}
