/** Who signed whose certificate. */
import type { Certificate } from './certificate.ts';

/** Whether the key of `issuer` signed the certificate, and their names and extensions fit. */
export function isIssuedBy({ node }: Certificate, issuer: Certificate): boolean {
  try {
    return node.checkIssued(issuer.node) && node.verify(issuer.node.publicKey);
  } catch {
    // A kind of key that cannot have signed this.
    return false;
  }
}
