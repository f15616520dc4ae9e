/*
 * Writes test/privacy/labelled-ids.json: 500 ids, personal or not, by which detection is measured. Always the
 * same 500; `--check` compares instead of writing.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import {
  ar,
  base,
  de,
  en,
  es,
  Faker,
  fr,
  it,
  ja,
  ko,
  nl,
  pl,
  pt_BR,
  ru,
  tr,
  zh_CN,
} from '@faker-js/faker'
import { nearMisses } from './near-misses.ts'

const path = new URL('../../test/privacy/labelled-ids.json', import.meta.url)

const locales = [en, de, fr, ja, pt_BR, ru, zh_CN, ar, es, it, ko, nl, pl, tr]
const fakers = locales.map(
  (locale, index) => new Faker({ locale: [locale, en, base], seed: index }),
)
for (const each of fakers) each.setDefaultRefDate('2026-11-24T00:00:00Z')

type Make = (faker: Faker, index: number) => string

const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const small = 'abcdefghijklmnopqrstuvwxyz0123456789'

const letters = (from: string, length: number) => (faker: Faker) =>
  faker.string.fromCharacters(from, length)
const digits = (length: number) => (faker: Faker) =>
  faker.string.numeric({ length, allowLeadingZeros: false })

/** `%` is where the address goes. */
const aroundEmail = [
  'user:%',
  'auth0|%',
  'mailto:%',
  'Ada <%>',
  ' %',
  'id=%;v=1',
  'acct/%',
  '"%"',
  '%#1',
  'sso-%',
]
const email: Make = (faker) => faker.internet.email()

/** Some locales of faker make numbers that begin with +0, as no country's do. */
const phone: Make = (faker) => {
  const number = faker.phone.number({ style: 'international' })
  return number.startsWith('+0') ? number.replace('+0', '+4') : number
}

/** As people write them: `#` is a digit. */
const phones = [
  '+1 ### ### ####',
  '+1-###-###-####',
  '+1 (###) ###-####',
  '+44 20 #### ####',
  '+49 (0)30 #######',
  '+33.1.##.##.##.##',
  '+81-3-####-####',
  'tel:+55 11 9####-####',
  'sms:+46#########',
]

const bare = (text: string): string => text.replace(/\D/g, '')

const issuers = ['visa', 'mastercard', 'american_express', 'discover', 'jcb']

const personal: [string, number, Make][] = [
  ['e-mail', 37, email],
  ['e-mail in capitals', 5, (faker) => faker.internet.email().toUpperCase()],
  ['e-mail with a tag', 10, (faker) => faker.internet.email().replace('@', '+ai@')],
  ['e-mail, encoded', 5, (faker) => faker.internet.email().replace('@', '%40')],
  [
    'e-mail among other text',
    20,
    (faker, index) =>
      (aroundEmail[index % aroundEmail.length] ?? '').replace('%', faker.internet.email()),
  ],
  ['phone number, E.164', 20, phone],
  [
    'phone number, written',
    20,
    (faker, index) => faker.helpers.replaceSymbols(phones[index % phones.length]),
  ],
  ['EVM address', 15, (faker) => faker.finance.ethereumAddress()],
  ['EVM address in a DID', 5, (faker) => `did:pkh:eip155:1:${faker.finance.ethereumAddress()}`],
  [
    'Bitcoin address',
    10,
    (faker, index) =>
      faker.finance.bitcoinAddress({ type: index % 2 === 0 ? 'bech32' : 'taproot' }),
  ],
  [
    'Bitcoin address, legacy',
    2,
    (faker, index) => faker.finance.bitcoinAddress({ type: index % 2 === 0 ? 'legacy' : 'segwit' }),
  ],
  ['Solana address', 1, letters(base58, 44)],
  [
    'JSON web token',
    15,
    (faker, index) => `${index % 3 === 0 ? 'Bearer ' : ''}${faker.internet.jwt()}`,
  ],
  ['IBAN', 15, (faker) => faker.finance.iban()],
  ['IBAN in small letters', 5, (faker) => faker.finance.iban().toLowerCase()],
  ['IBAN in groups', 15, (faker) => faker.finance.iban({ formatted: true })],
  [
    'card number in groups',
    15,
    (faker, index) => {
      const number = faker.finance.creditCardNumber({
        issuer: issuers[index % issuers.length] ?? 'visa',
      })
      // Some of Visa's come without groups.
      const grouped = number.includes('-') ? number : number.replace(/(.{4})(?=.)/g, '$1-')
      return index % 2 === 0 ? grouped : grouped.replaceAll('-', ' ')
    },
  ],
]

const internal: [string, number, Make][] = [
  [
    'prefix and hex',
    10,
    (faker) => `user_${faker.string.hexadecimal({ length: 6, prefix: '', casing: 'lower' })}`,
  ],
  [
    'UUID',
    15,
    (faker, index) => (index % 2 === 0 ? faker.string.uuid() : faker.string.uuid({ version: 7 })),
  ],
  [
    'UUID of another form',
    8,
    (faker, index) => {
      const uuid = faker.string.uuid()
      return (
        [uuid.toUpperCase(), uuid.replaceAll('-', ''), `{${uuid}}`, `urn:uuid:${uuid}`][
          index % 4
        ] ?? uuid
      )
    },
  ],
  ['ULID', 10, (faker) => faker.string.ulid()],
  ['cuid', 8, (faker) => `c${letters(small, 24)(faker)}`],
  ['cuid2', 10, (faker) => letters(small.slice(0, 26), 1)(faker) + letters(small, 23)(faker)],
  ['nanoid', 15, (faker) => faker.string.nanoid()],
  ['Mongo ObjectId', 12, (faker) => faker.database.mongodbObjectId()],
  ['Auth0', 10, (faker) => `auth0|${faker.database.mongodbObjectId()}`],
  ['Google by Auth0', 8, (faker) => `google-oauth2|${digits(21)(faker)}`],
  ['Clerk', 10, (faker) => `user_${letters(alphanumeric, 27)(faker)}`],
  ['Stripe', 10, (faker) => `cus_${letters(alphanumeric, 14)(faker)}`],
  ['integer', 10, (faker, index) => digits(1 + (index % 10))(faker)],
  ['snowflake', 10, (faker) => digits(18)(faker)],
  ['Google sub', 10, (faker) => digits(21)(faker)],
  ['SHA-256', 8, (faker) => createHash('sha256').update(faker.string.uuid()).digest('hex')],
  ['KSUID', 8, (faker) => letters(alphanumeric, 27)(faker)],
  ['Firebase', 10, (faker) => letters(alphanumeric, 28)(faker)],
  [
    'pseudonym of costspan',
    5,
    (faker) =>
      `pn_${letters(`${alphanumeric}-_`, 6)(faker)}_${letters(`${alphanumeric}-_`, 22)(faker)}`,
  ],
  ['card number in one piece', 5, (faker) => bare(faker.finance.creditCardNumber())],
  ['slug', 8, (faker) => faker.lorem.slug({ min: 1, max: 3 })],
]

function labelled(isPersonal: boolean, kinds: readonly [string, number, Make][]) {
  return kinds.flatMap(([kind, count, make]) =>
    Array.from({ length: count }, (_, index) => {
      const faker = fakers[index % fakers.length] ?? new Faker({ locale: en })
      return { id: make(faker, index), personal: isPersonal, kind }
    }),
  )
}

const all = [...labelled(true, personal), ...labelled(false, internal), ...nearMisses]
const text = `[\n${all.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]\n`
if (process.argv.includes('--check')) {
  if (readFileSync(path, 'utf8') !== text) {
    process.stderr.write('test/privacy/labelled-ids.json is not what this script writes\n')
    process.exitCode = 1
  }
} else {
  writeFileSync(path, text)
}
