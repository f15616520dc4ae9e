/** Ids, chosen by hand, that look like personal data and are none. The comment behind each explains it. */
const internal = [
  '@acme/web', // a scope of npm
  '@acme/web@1.2.3', // the same with a version
  '@handle', // a name of a social network
  '@ada.lovelace', // the same with a dot
  'https://social.example/@ada.lovelace', // and in an address
  'bsky:@ada.social.example', // and behind the network's name
  'pkg@1.2.3', // a version
  'pkg@1.2.3-beta.1', // a version before another
  'pkg@1.0.0-alpha.beta', // the same, ending in letters as a domain does
  'pkg@v19.0.0-rc.next', // and with a v
  'pkg@latest', // a tag of npm
  'org@', // nothing behind it
  'team@prod', // a name at an environment
  'root@localhost', // a machine without a domain
  'deploy@10.0.0.1', // a machine by its number
  'claude-3-5-sonnet@20240620', // a model of Vertex AI
  'image@sha256:9f86d081884c7d659a2feaa0c55ad015', // a digest
  'meet @ noon. ok', // words
  '2026-11-24', // a day
  '2026-11-24T10:00:00+02:00', // a time with its offset
  '2026-11-24T10:00:00+1030', // the same, otherwise written
  '10:45:00', // a time of day
  '1.0.0+20130313144700', // a version and its build
  '1.0.0-beta+20130313144700', // a version before another, and its build
  'a+b/c==', // base64
  'Zm9v+12345678/YmFy', // base64 with digits behind a plus
  '+1', // a vote
  '+15 points', // a difference
  '1+2345678901', // a sum
  '+1234567890123456789', // more digits than a phone number has
  '10.0.0.1', // an address of a machine, not of a person
  '2001:db8::8a2e:370:7334', // the same of version 6
  '0xdeadbeef', // hexadecimal, and no address
  '0x88df016429689c079f3b2f6ad39fa052532c56795b733da78a91ebe6a713944b', // a transaction
  'bc1-worker', // a name
  'alice.ethernet', // no ENS name
  'acme.eth0', // a network interface
  '/etc/.eth', // a file
  'eyJhbGciOiJIUzI1NiJ9', // base64 of JSON, and no token
  'eyJpZCI6MX0.v2', // the same with a version
  'order 2026-1124-0001', // digits in groups, and no card
  '1234-5678-9012-3456', // in groups, and not by Luhn
  '0000 0000 0000 0000', // by Luhn, and of no issuer
  '978-3-16-148410-0', // a book
  'AB12 CDEF 3456 7890 1234', // in groups, and its remainder of 97 is another
  'DE89370400440532013001', // the same of a country's form
  'CA6219968C0F8DFC374D6958', // an ObjectId in capitals whose remainder of 97 is 1
  'CA308D452D7F441E8486BBC315A2FA5A', // a UUID of that kind
  'https://acme.example/u/42', // a page
  'Ada Lovelace', // a name, which looks like that of a workspace
]

/** Ids, chosen by hand, that are personal and easily overlooked. The comment behind each explains why. */
const personal = [
  'jörg@münchen.example', // letters of German
  'jörg@münchen.example'.normalize('NFD'), // its dots as signs of their own
  'иван@почта.рф', // another script, and a country's domain in it
  'कमल@उदाहरण.भारत', // vowels that are marks, not letters
  'ada@xn--mnchen-3ya.de', // a domain in punycode
  'ada@example.xn--p1ai', // a country's domain in punycode
  '"ada lovelace"@example.com', // quoted, with a blank
  "o'neil@example.ie", // an apostrophe
  'a@b.co', // the shortest
  'ada%40example.com', // encoded
  'ada%2540example.com', // encoded twice
  'j%C3%B6rg%40m%C3%BCnchen.de', // letters encoded too
  '%D0%B8%D0%B2%D0%B0%D0%BD%40%D0%BF%D0%BE%D1%87%D1%82%D0%B0.%D1%80%D1%84', // all of it
  'cn=ada,mail=ada@example.com,dc=example', // among other fields
  '@ada@social.example', // a handle with its server
  'ada@163.com', // a domain of digits
  'ada@1and1.example.de.', // a dot behind
  'user_+4917012345678', // a phone number behind an underscore
  'phone=+4917012345678', // behind an equals sign
  '%2B49%20170%201234567', // encoded
  '+49\u00A0170\u00A01234567', // with blanks that do not break
  'wallet_bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq', // a prefix without a colon
  'BC1QAR0SRRR7XFKVY5L643LYDNW9RE59GTZZWF5MDQ', // in capitals, as QR codes have it
  'acct_0x52908400098527886E0F7030069857D2E4169EE7', // behind an underscore
  'did:pkh:solana:4sGjMW1sUnHzSxGspuhpqLDx6wiyjNtZ:CKg5d12Jhpej1JqtmxLJgaFqqeYjxgPqToJ4LBdvG9Ev', // of a chain whose bare addresses are not detected
  'ada.eth', // a name of ENS
  'pay.ada.eth.', // one below it, at the end of a sentence
  'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.', // a token without a signature
  'session_eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', // a token behind an underscore
  'iban_de89370400440532013000', // in small letters
  'IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX', // with words behind
  'MU17 BOMM 0101 1010 3030 0200 000M UR', // its last group of letters
  'card_4111-1111-1111-1111', // behind an underscore
  '4111 1111 1111 1111 123', // with its code
  '3782 822463 10005', // American Express
]

export const nearMisses = [
  ...internal.map((id) => ({ id, personal: false, kind: 'near miss' })),
  ...personal.map((id) => ({ id, personal: true, kind: 'easily overlooked' })),
]
