/** The static header a webhook's sender was configured with: the only authentication that the protocol has. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A header name, in lower case, and the digest of its value: the value itself is not kept. */
export interface DemandedHeader {
  readonly name: string;
  readonly digest: Uint8Array;
}

export function demandHeader(name: string, value: string): DemandedHeader {
  return { name: name.toLowerCase(), digest: digestOf(value) };
}

/** Compares in constant time: digests have one length, whatever was sent. */
export function hasHeader(headers: IncomingHttpHeaders, { name, digest }: DemandedHeader): boolean {
  const sent = headers[name];
  return timingSafeEqual(digestOf(typeof sent === 'string' ? sent : ''), digest) && typeof sent === 'string';
}

function digestOf(value: string): Uint8Array {
  return createHash('sha256').update(value).digest();
}
