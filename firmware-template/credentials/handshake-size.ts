/**
 * Bytes of the two handshake messages that grow with certificates (RFC 5246 §7.4.2 and §7.4.4). The board has 2048 for one
 * (MBEDTLS_SSL_MAX_CONTENT_LEN), its header of 4 included; a longer one ends the connection.
 */
import type { Certificate } from './certificate.ts';

export const MOST_HANDSHAKE_BYTES = 2048;
const HEADER = 4;
/** Kinds of certificate and the signature algorithms that OpenSSL lists, with room for more. */
const ASKED_FOR = 128;

/** A Certificate message: a list of lengths (3 bytes) and certificates. */
export function certificatesBytes(chain: readonly Certificate[]): number {
  return chain.reduce((bytes, { der }) => bytes + 3 + der.length, HEADER + 3);
}

/** A CertificateRequest message of a server that takes boards of these authorities: it names each (2 bytes and its subject). */
export function certificateRequestBytes(authorities: readonly Certificate[]): number {
  return authorities.reduce((bytes, { subjectDer }) => bytes + 2 + subjectDer.length, HEADER + ASKED_FOR + 2);
}
