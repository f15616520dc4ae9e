/** Ids that look like personal data and are none, by hand: what each one is stands behind it. */
export const nearMisses = [
  '@acme/web', // a scope of npm
  '@handle', // a name of a social network
  'pkg@1.2.3', // a version
  'pkg@1.2.3-beta.1', // a version before another
  'team@prod', // a name at an environment
  '2026-11-24T10:00:00+02:00', // a time with its offset
  'a+b/c==', // base64
  '10.0.0.1', // an address of a machine, not of a person
  '0xdeadbeef', // hexadecimal, and no address
  'order 2026-1124-0001', // digits in groups, and no card
  '1234-5678-9012-3456', // in groups, and not by Luhn
  'AB12 CDEF 3456 7890 1234', // in groups, and its remainder of 97 is another
  'https://acme.example/u/42', // a page
  '+1', // a vote
  'acme.eth0', // a network interface
].map((id) => ({ id, personal: false, kind: 'near miss' }))
