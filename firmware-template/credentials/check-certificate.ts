/** What the board's TLS, or Node's at the other end, asks of one certificate that is shown to it. */
import { ANY_USAGE, type Certificate, CLIENT_AUTH } from './certificate.ts';
import type { Finding } from './credentials.ts';

const CURVES = ['P-256', 'P-384'];
/** In the order of the board's own offer, as its ClientHello has it. */
const SIGNATURES = ['ECDSA with SHA-512', 'ECDSA with SHA-384', 'ECDSA with SHA-256', 'ECDSA with SHA-224'];

/** Its key and its signature: another kind cannot even be parsed by a board that is built without RSA. */
export function checkKind({ keyKind, signature }: Certificate, name: string): Finding[] {
  const findings: Finding[] = [];
  if (!CURVES.includes(keyKind)) {
    findings.push({
      code: 'KEY_KIND',
      level: 'error',
      message: `${name} has a key of the kind ${keyKind}: the board's TLS has only the curves ${CURVES.join(' and ')}`,
      fix: 'Make a key on the curve P-256, and a certificate for it.',
    });
  }
  if (!SIGNATURES.includes(signature)) {
    findings.push({
      code: 'SIGNATURE_KIND',
      level: 'error',
      message: `${name} is signed with ${signature}: the board's TLS has only ECDSA with SHA-224 to SHA-512`,
      fix: 'Take an authority with an EC key that signs with SHA-256.',
    });
  }
  return findings;
}

/** Whether it may be shown as a client or as a server. What it does not say is not held against it. */
export function checkLeaf(certificate: Certificate, name: string, purpose: string): Finding[] {
  const { keyUsage, extendedKeyUsage, constraints } = certificate;
  const [role, usage] = purpose === CLIENT_AUTH ? ['a board', 'clientAuth'] : ['a server', 'serverAuth'];
  const findings: Finding[] = [];
  if (keyUsage !== undefined && !keyUsage.includes('digitalSignature')) {
    findings.push({
      code: 'KEY_USAGE',
      level: 'error',
      message: `${name} is not for signing (its keyUsage lacks digitalSignature), which the handshake needs`,
      fix: 'Take a certificate with digitalSignature, or without keyUsage.',
    });
  }
  if (extendedKeyUsage !== undefined && !extendedKeyUsage.includes(purpose) && !extendedKeyUsage.includes(ANY_USAGE)) {
    findings.push({
      code: 'EXTENDED_KEY_USAGE',
      level: 'error',
      message: `${name} is not for ${role} (its extendedKeyUsage lacks ${usage}): the other end refuses it`,
      fix: `Take a certificate with ${usage}, or without extendedKeyUsage.`,
    });
  }
  if (constraints?.ca === true && !certificate.selfIssued) {
    findings.push({
      code: 'LEAF_IS_AUTHORITY',
      level: 'warning',
      message: `${name} is that of an authority: whoever gets its key can make certificates of others`,
      fix: `Take a certificate of ${role} only.`,
    });
  }
  return findings;
}
