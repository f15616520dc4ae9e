import { NextResponse } from 'next/server'

/** The old name of a proxy, which runs on the edge. */
export function middleware() {
  return NextResponse.next({ headers: { 'x-middleware': 'ran' } })
}

export const config = { matcher: '/:path*' }
