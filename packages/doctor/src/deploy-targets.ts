import { join } from 'node:path'
import { readText } from './files.ts'
import type { Source } from './module.ts'
import { asNode, lineOf, stringOf, textOf } from './syntax.ts'

export type TargetName = 'Vercel' | 'Cloudflare' | 'Netlify' | 'AWS Lambda' | 'an edge runtime'

/** A place where a process may be frozen after its response, and the file that tells. */
export interface Target {
  readonly name: TargetName
  readonly file: string
  readonly line?: number | undefined
}

const files: readonly (readonly [file: string, name: TargetName, says?: RegExp])[] = [
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

export function findTargets(directory: string, sources: readonly Source[]): readonly Target[] {
  const configured = files.flatMap(([file, name, says]) => {
    const text = readText(join(directory, file))
    return text !== undefined && (says?.test(text) ?? true) ? [{ name, file }] : []
  })
  return [...configured, ...sources.flatMap(targetIn)]
}

function targetIn(source: Source): Target[] {
  const { path: file, exports, modules, typeModules } = source
  const runtime = exports.get('runtime')
  const edge = stringOf(runtime)
  if (runtime !== undefined && (edge === 'edge' || edge === 'experimental-edge')) {
    return [{ name: 'an edge runtime', file, line: lineOf(runtime) }]
  }
  // Others export a `handler`, too; only who imports its types says that it is Lambda's.
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
