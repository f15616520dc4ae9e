/** Reads `ExportTraceServiceRequest` of opentelemetry-proto 1.x: what an exporter sends as protobuf. */
import type { ReceivedSpan } from '../../loopback/receiver.ts'

export type ArrivedSpan = Omit<ReceivedSpan, 'milliseconds' | 'resource'>

/** A field as it is on the wire: a number, or bytes that are a text or a message. */
type Field = readonly [number: number, value: bigint | Uint8Array]

/** Kinds of fields on the wire. */
const VARINT = 0
const EIGHT_BYTES = 1
const LENGTH_DELIMITED = 2
const FOUR_BYTES = 5

export function readTraces(body: Uint8Array): ArrivedSpan[] {
  const resourceSpans = messages(fieldsOf(body), 1)
  const scopeSpans = resourceSpans.flatMap((fields) => messages(fields, 2))
  return scopeSpans.flatMap((fields) => messages(fields, 2)).map(readSpan)
}

function readSpan(fields: readonly Field[]): ArrivedSpan {
  const parentSpanId = hexadecimal(fields, 4)
  return {
    traceId: hexadecimal(fields, 1),
    spanId: hexadecimal(fields, 2),
    ...(parentSpanId !== '' && { parentSpanId }),
    name: text(fields, 5),
    attributes: readAttributes(messages(fields, 9)),
  }
}

function readAttributes(pairs: readonly (readonly Field[])[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((fields) => [text(fields, 1), readValue(messages(fields, 2)[0] ?? [])]),
  )
}

function readValue([field]: readonly Field[]): unknown {
  if (field === undefined) return undefined
  const [kind, value] = field
  if (typeof value !== 'bigint') {
    if (kind === 1) return new TextDecoder().decode(value)
    if (kind === 5) return messages(fieldsOf(value), 1).map(readValue)
    return kind === 6 ? readAttributes(messages(fieldsOf(value), 1)) : value
  }
  if (kind === 2) return value !== 0n
  return kind === 3 ? Number(BigInt.asIntN(64, value)) : doubleOf(value)
}

function doubleOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, bits)
  return view.getFloat64(0)
}

function bytes(fields: readonly Field[], number: number): Uint8Array {
  const value = fields.find(([found]) => found === number)?.[1]
  return value instanceof Uint8Array ? value : new Uint8Array()
}

function text(fields: readonly Field[], number: number): string {
  return new TextDecoder().decode(bytes(fields, number))
}

function hexadecimal(fields: readonly Field[], number: number): string {
  return Buffer.from(bytes(fields, number)).toString('hex')
}

function messages(fields: readonly Field[], number: number): Field[][] {
  return fields.flatMap(([found, value]) =>
    found === number && value instanceof Uint8Array ? [fieldsOf(value)] : [],
  )
}

function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = []
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  let offset = 0

  function varint(): bigint {
    let number = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(offset++)
      number |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return number
    }
  }

  function value(kind: number): bigint | Uint8Array {
    if (kind === VARINT) return varint()
    if (kind !== EIGHT_BYTES && kind !== LENGTH_DELIMITED && kind !== FOUR_BYTES) {
      throw new Error(`No field of kind ${kind} is known.`)
    }
    const length = kind === LENGTH_DELIMITED ? Number(varint()) : kind === EIGHT_BYTES ? 8 : 4
    const from = offset
    offset += length
    if (kind === EIGHT_BYTES) return view.getBigUint64(from, true)
    if (kind === FOUR_BYTES) return BigInt(view.getUint32(from, true))
    return message.subarray(from, offset)
  }

  while (offset < message.length) {
    const tag = Number(varint())
    fields.push([tag >> 3, value(tag & 7)])
  }
  return fields
}
