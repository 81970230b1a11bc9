/** Whether the certificates that are shown after the first each issued the one before (RFC 5246 §7.4.2). */
import { quoted } from '../quoted.ts';
import type { Certificate } from './certificate.ts';
import { checkKind } from './check-certificate.ts';
import type { Finding } from './credentials.ts';
import { isIssuedBy } from './issued-by.ts';

export function checkChain(chain: readonly Certificate[], name: string): Finding[] {
  const issuers = chain.slice(1);
  const stranger = issuers.find((issuer, i) => !isIssuedBy(chain[i]!, issuer));
  const kinds = issuers.flatMap((issuer) => checkKind(issuer, `an issuer in ${name} (${quoted(issuer.subject)})`));
  if (stranger === undefined) return kinds;
  return [
    ...kinds,
    {
      code: 'CHAIN_ORDER',
      level: 'warning',
      message: `${name} holds ${quoted(stranger.subject)}, which did not issue the certificate before it`,
      fix: 'Have each certificate followed by that of its issuer, and leave out the others.',
    },
  ];
}
