/** Certificates for people and for programs. Never their keys. */
import type { Certificate } from '../../firmware-template/credentials/certificate.ts';
import { CLIENT_AUTH, SERVER_AUTH } from '../../firmware-template/credentials/certificate.ts';
import { printable } from '../printable.ts';

/** A certificate and what it is for. */
export interface Shown {
  /** `authority`, `server`, `board`, `SERVER_CERT`, `CERT`. */
  readonly role: string;
  readonly certificate: Certificate;
}

const USAGES: Readonly<Record<string, string>> = { [SERVER_AUTH]: 'serverAuth', [CLIENT_AUTH]: 'clientAuth' };

export function certificateText({ role, certificate }: Shown): string {
  const { subject, issuer, selfIssued, notBefore, notAfter, keyKind, signature, fingerprint, serial } = certificate;
  const rows: readonly (readonly [string, string])[] = [
    ['subject', subject],
    ['issuer', selfIssued ? 'itself' : issuer],
    ['serial', serial],
    ['good', `${day(notBefore)} to ${day(notAfter)}`],
    ['key', keyKind],
    ['signed with', signature],
    ['for', usesOf(certificate).join(', ') || 'anything'],
    ['SHA-256', fingerprint],
  ];
  return `${role}\n${rows.map(([name, value]) => `  ${name.padEnd(13)}${printable(value)}\n`).join('')}`;
}

export function certificateJson({ role, certificate }: Shown): object {
  const { subject, issuer, selfIssued, serial, notBefore, notAfter, keyKind, signature, fingerprint } = certificate;
  return {
    role,
    subject,
    issuer,
    selfIssued,
    serial,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    key: keyKind,
    signature,
    ca: certificate.constraints?.ca ?? null,
    keyUsage: certificate.keyUsage ?? null,
    extendedKeyUsage: certificate.extendedKeyUsage?.map((oid) => USAGES[oid] ?? oid) ?? null,
    fingerprint,
  };
}

function usesOf({ keyUsage = [], extendedKeyUsage = [] }: Certificate): readonly string[] {
  return [...keyUsage, ...extendedKeyUsage.map((oid) => USAGES[oid] ?? oid)];
}

export function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
