/** Where Sentry's SDK sends to: a server of this machine instead of Sentry's. */
export const dsnOf = (origin) => `${origin.replace('//', '//key@')}/1`
