import { createHmac } from 'node:crypto'
import { expect } from 'vitest'
import {
  RefusedAttribution,
  restoreAttribution,
  serializeAttribution,
  type RestoreOptions,
  type SerializeOptions,
} from 'costspan/propagation'
import { secret } from './job.ts'

export const signingKey = secret.signing
export const signingKeys = [signingKey]
export const ada = { userId: 'ada', tenantId: 'acme', plan: 'pro', tags: { feature: 'search' } }

export const make = (options: Partial<SerializeOptions> = {}): string =>
  serializeAttribution({ signingKey, ...options })

/** Why a token is refused, or `trusted`. */
export function refusal(token: unknown, options: RestoreOptions = { signingKeys }): string {
  try {
    restoreAttribution(token, options)
  } catch (error) {
    expect(error).toBeInstanceOf(RefusedAttribution)
    return (error as RefusedAttribution).reason
  }
  return 'trusted'
}

export const encoded = (payload: unknown): string =>
  Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)).toString('base64url')

/** A token as the key's owner would make it, of whatever payload. */
export function signed(payload: string, key: string = signingKey): string {
  const text = `costspan attribution v1\n${payload}`
  return `cs1.${payload}.${createHmac('sha256', key).update(text).digest('base64url')}`
}

/** An expiry that is still to come. */
export const soon = Math.ceil(Date.now() / 1000) + 3600
