/**
 * Who a board is, by its certificate: `domain/endpoint` is its common name, as Device Connector's certificates had it
 * (mbed-os-example-client, security.h: MBED_DOMAIN and MBED_ENDPOINT_NAME are its two halves).
 *
 * Whether the certificate is to be believed was decided before.
 */
import type { X509Certificate } from 'node:crypto';
import type { BoardIdentity } from './connection.ts';

/** What mbed-client takes for either name (source/m2minterfacefactory.cpp). */
const MOST_NAME_BYTES = 64;
/** Both go into queries, where & would end them (mbed-client-c, source/sn_nsdl.c); a slash is between them. */
const NAME = /^[^/&\p{C}\p{Z}]+$/u;
const SHOWN = 160;

export type Identified = { readonly identity: BoardIdentity } | { readonly why: string };

/** The identity that a certificate tells, or why it tells none. */
export function identify(certificate: X509Certificate): Identified {
  if (!hasKey(certificate)) return { why: 'a key that cannot be read' };
  const names: unknown = certificate.toLegacyObject().subject?.CN;
  if (typeof names !== 'string') {
    return { why: names === undefined ? 'no common name' : 'more than one common name' };
  }
  const [domain, endpoint, ...more] = names.split('/');
  if (more.length > 0 || !isName(domain) || !isName(endpoint)) {
    return { why: `the common name is ${JSON.stringify(names.slice(0, SHOWN))}, not domain/endpoint` };
  }
  return { identity: { commonName: names, domain, endpoint, fingerprint256: certificate.fingerprint256 } };
}

/** Of a certificate whose key OpenSSL cannot read, toLegacyObject ends the process (a segmentation fault of Node 24). */
function hasKey(certificate: X509Certificate): boolean {
  try {
    return certificate.publicKey !== undefined;
  } catch {
    return false;
  }
}

function isName(text: string | undefined): text is string {
  return text !== undefined && Buffer.byteLength(text) <= MOST_NAME_BYTES && NAME.test(text);
}
