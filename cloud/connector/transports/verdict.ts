/**
 * Whether a board's certificate lets it in, at the handshake and later.
 *
 * node:tls ends its handshakes before anybody is asked, and tells of OpenSSL's verdict on the chain afterwards; so is it
 * here, before a byte is read. What OpenSSL does not believe may still be trusted by its fingerprint.
 */
import type { X509Certificate } from 'node:crypto';
import type { BoardIdentity, Refusal } from './connection.ts';
import { type Trust, whyNoBoardKey } from './credentials.ts';
import { identify } from './identity.ts';

export type Verdict = { readonly identity: BoardIdentity } | { readonly reason: Refusal; readonly detail: string };

/** `problem` is OpenSSL's verdict on the chain: undefined if it believes it, else a code like CERT_REVOKED. */
export function judge(certificate: X509Certificate | undefined, problem: string | undefined, trust: Trust): Verdict {
  if (certificate === undefined) return { reason: 'no-certificate', detail: 'the peer showed no certificate' };
  // OpenSSL tells of one problem only, which may be another.
  if (problem === 'CERT_REVOKED' || trust.revocations.has(certificate))
    return { reason: 'revoked', detail: certificate.fingerprint256 };
  if (problem !== undefined && !trust.trusted.has(certificate.fingerprint256)) {
    return { reason: 'certificate', detail: problem };
  }
  const why = whyNoBoardKey(certificate.publicKey);
  if (why !== undefined) return { reason: 'certificate', detail: why };
  const identified = identify(certificate);
  return 'why' in identified ? { reason: 'identity', detail: identified.why } : identified;
}

/** Why a board that was let in under `before` is not let in under `trust`. Undefined if it is. */
export function whyNoLonger(certificate: X509Certificate, before: Trust, trust: Trust): string | undefined {
  if (trust.revocations.has(certificate)) return 'its certificate was revoked';
  if (trust.trusted.has(certificate.fingerprint256)) return undefined;
  if (!before.trusted.has(certificate.fingerprint256) && sameAuthorities(before, trust)) return undefined;
  // Whoever has authorities in between shakes hands again.
  const issued = trust.authorities.some((one) => certificate.checkIssued(one) && certificate.verify(one.publicKey));
  return issued ? undefined : 'its certificate is not trusted any more';
}

function sameAuthorities(before: Trust, trust: Trust): boolean {
  const known = new Set(trust.authorities.map(({ fingerprint256 }) => fingerprint256));
  return before.authorities.every(({ fingerprint256 }) => known.has(fingerprint256));
}
