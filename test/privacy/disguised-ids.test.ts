import { describe, expect, test } from 'vitest'
import { looksPersonal } from '../../src/privacy/detect-pii.ts'

/** Personal ids that are written so that no plain search finds them. */
const personal: readonly (readonly [how: string, id: string])[] = [
  ['a fullwidth at sign', 'ada＠example.com'],
  ['a small at sign', 'ada﹫example.com'],
  ['fullwidth letters', 'ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ'],
  ['a zero-width space before the sign', 'ada\u200b@example.com'],
  ['a zero-width space behind it', 'ada@\u200bexample.com'],
  ['a word joiner within the domain', 'ada@exam\u2060ple.com'],
  ['a soft hyphen', 'ada@example\u00ad.com'],
  ['a byte order mark', 'ada@\ufeffexample.com'],
  ['a mark of direction', 'ada@\u200eexample.com'],
  ['a variation selector', 'ada@\ufe0fexample.com'],
  ['an ideographic full stop', 'ada@example。com'],
  ['a halfwidth full stop', 'ada@example｡com'],
  ['a leader dot', 'ada@example․com'],
  ['a middle dot', 'ada@example·com'],
  ['mathematical letters', '𝐚𝐝𝐚@𝐞𝐱𝐚𝐦𝐩𝐥𝐞.𝐜𝐨𝐦'],
  ['letters in circles', 'ⓐⓓⓐ@ⓔⓧⓐⓜⓟⓛⓔ.ⓒⓞⓜ'],
  ['an address of a machine', 'a@10.0.0.1'],
  ['the same in brackets', 'ada@[10.0.0.1]'],
  ['IPv6', 'a@[::1]'],
  ['IPv6, as mail writes it', 'ada@[IPv6:2001:db8::1]'],
  ['percent-encoding', 'user%40example.com'],
  ['percent-encoding, twice', 'user%2540example.com'],
  ['mailto', 'mailto:ada@example.com?subject=x'],
  ['a decimal entity', 'ada&#64;example.com'],
  ['a hexadecimal entity', 'ada&#x40;example&#46;com'],
  ['a named entity', 'ada&commat;example&period;com'],
  ['an escape of JSON', String.raw`{"mail":"ada\u0040example.com"}`],
  ['words for signs', 'ada [at] example (dot) com'],
  ['a domain of another script', 'ada@例え.テスト'],
  ['punycode', 'ada@xn--r8jz45g.xn--zckzah'],
  ['JSON', '{"email":"ada@example.com","id":7}'],
  ['the query of an address', 'https://app.example/u?mail=ada%40example.com'],
  ['base64', 'YWRhQGV4YW1wbGUuY29t'],
  ['base64 of a longer one', 'YWRhLmxvdmVsYWNlQGV4YW1wbGUuY28udWs='],
  ['00 and a number of Switzerland', '0041791234567'],
  ['00 and a number of Germany', '004915112345678'],
  ['00 and a number of Britain', '00447700900123'],
  ['00 and a number of the United States', '0012125550123'],
  ['00 with blanks', '0041 79 123 45 67'],
  ['00 with hyphens', '0049-151-1234-5678'],
  ['00 with a bracket', '0044 (0)7700 900123'.replace('(0)', '')],
  ['00 behind a name', 'user:0041791234567'],
  ['a fullwidth plus', '＋41791234567'],
  ['digits of another script', '+٤٩١٥١١٢٣٤٥٦٧٨'],
  ['hyphens that do not break', '+41‑79‑123‑45‑67'],
  ['tel', 'tel:0791234567'],
  ['sms', 'sms:+41791234567'],
]

/** What is alike and none. */
const internal: readonly string[] = [
  '123e4567-e89b-12d3-a456-426614174000',
  '00123456-e89b-12d3-a456-426614174000',
  '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  'V1StGXR8_Z5jdHi6B-myT',
  '507f1f77bcf86cd799439011',
  'auth0|507f1f77bcf86cd799439011',
  'google-oauth2|103547991597142817347',
  'user_2NNEqL2nrIRdJ194ndJqAHwEfxC',
  'org_2NNEqL2nrIRdJ194ndJqAHwEfxC',
  'cus_NffrFeUfNV2Hib',
  '0000000042',
  '000012345678',
  '0012345678',
  '0041',
  '00410000',
  '1000000007',
  'deploy@10.0.0.1',
  'root@192.168.1.10',
  'pkg@1.2.3',
  'tel:12',
  'hotel:12345678',
  'Zürich-4711',
  'ユーザー42',
  '用户-100',
  'team·blue·42',
  'ada&co',
  'a&#38;b',
  'lunch (at) noon',
  'QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
  'c29tZSBwbGFpbiB0ZXh0',
  'emoji-👩🏽‍💻-1',
  '２０２６－１１－３０',
  'n°·12',
]

describe('ids that hide what they are', () => {
  test.each(personal)('by %s are personal', (_, id) => {
    expect(looksPersonal(id)).toBe(true)
  })

  test.each(internal)('%s is none', (id) => {
    expect(looksPersonal(id)).toBe(false)
  })
})
