/**
 * Whether a board can trust a server by what it has as SERVER_CERT.
 *
 * mbed TLS 2 (x509_crt.c) takes an authority's certificate, whoever signed that, or a server's own that is self-signed. A
 * certificate of a server that another authority issued is never taken, not even if the server shows just that one.
 */
import { quoted } from '../quoted.ts';
import type { Certificate } from './certificate.ts';
import { checkKind } from './check-certificate.ts';
import type { Finding } from './credentials.ts';

export function checkAnchors(anchors: readonly Certificate[]): Finding[] {
  const unusable = anchors.flatMap((anchor) => unusableBecause(anchor) ?? []);
  // One good one is enough; the others are only of no use.
  const level = unusable.length === anchors.length ? 'error' : 'warning';
  return [
    ...anchors.flatMap((anchor) => checkKind(anchor, 'SERVER_CERT')),
    ...unusable.map((finding) => ({ ...finding, level }) as const),
  ];
}

function unusableBecause(anchor: Certificate): Omit<Finding, 'level'> | undefined {
  const isAuthority = anchor.version < 3 || anchor.constraints?.ca === true;
  if (!isAuthority && !anchor.selfIssued) {
    return {
      code: 'SERVER_CERT_PINNED_LEAF',
      message: `SERVER_CERT ${quoted(anchor.subject)} is a server's certificate that ${quoted(anchor.issuer)} issued; the board trusts only authorities and self-signed certificates`,
      fix: "Take its issuer's certificate as SERVER_CERT.",
    };
  }
  if (anchor.constraints?.ca === true && anchor.keyUsage !== undefined && !anchor.keyUsage.includes('keyCertSign')) {
    return {
      code: 'SERVER_CERT_KEY_USAGE',
      message: `SERVER_CERT ${quoted(anchor.subject)} is not for signing certificates (its keyUsage lacks keyCertSign)`,
      fix: 'Take the certificate of an authority with keyCertSign.',
    };
  }
  return undefined;
}
