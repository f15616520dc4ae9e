/*
 * What the name of an attribute is to a redactor. Import it as a namespace, `import * as NameKind`: a bundler then shortens
 * each name.
 */

/** The value identifies no user. */
export const unrelated = 1
/** The value may identify a user. */
export const mayIdentify = 2
/** So does the name, which an application may choose, too. */
export const isPersonal = 3
