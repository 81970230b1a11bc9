/**
 * Whether credentials would work between a board and its server, before anything is flashed: a board that cannot shake hands
 * says little more than an error number on its serial line.
 *
 * The rules are those of the board's TLS as mbed-os-example-client configures it (mbed TLS 2, mbedtls_mbed_client_config.h:
 * ECDSA on P-256 and P-384, no RSA, 2048 bytes a message, no clock) and of Node's at the other end. Findings are in the
 * order in which they should be mended; certificates that cannot be read at all are UsageErrors of whoever read them.
 */
import { UsageError } from '../../cloud/protocol/errors.ts';
import { boardNames, commonName } from '../names.ts';
import { quoted } from '../quoted.ts';
import { type Certificate, CLIENT_AUTH, readCertificates, SERVER_AUTH } from './certificate.ts';
import { checkAnchors } from './check-anchors.ts';
import { checkKind, checkLeaf } from './check-certificate.ts';
import { checkChain } from './check-chain.ts';
import { checkDates } from './check-dates.ts';
import type { BoardCredentials, Finding, ServerCredentials } from './credentials.ts';
import { certificateRequestBytes, certificatesBytes, MOST_HANDSHAKE_BYTES } from './handshake-size.ts';
import { isIssuedBy } from './issued-by.ts';
import { belongsTo, readPrivateKey } from './private-key.ts';
import { isRevoked, readRevocationList } from './revocation.ts';

/** What is wrong with a board's credentials, or will be. UsageError for PEM that cannot be read. */
export async function checkBoard(credentials: BoardCredentials, now: Date): Promise<Finding[]> {
  const anchors = await readCertificates(credentials.serverCert, 'SERVER_CERT');
  const chain = await readCertificates(credentials.cert, 'CERT');
  const key = readPrivateKey(credentials.key, 'KEY');
  const [own] = chain as [Certificate];
  return [
    ...checkNames(credentials, own),
    ...checkKind(own, 'CERT'),
    ...(belongsTo(key, own) ? [] : [keyOfAnother('KEY', 'CERT', key.kind)]),
    ...checkLeaf(own, 'CERT', CLIENT_AUTH),
    ...checkChain(chain, 'CERT'),
    ...checkSize('CERT', certificatesBytes(chain), 'the board cannot send it, and cannot shake hands'),
    ...checkAnchors(anchors),
    ...checkDates(own, 'CERT', now),
    ...anchors.flatMap((anchor) => checkDates(anchor, 'SERVER_CERT', now)),
    ...checkOldService(anchors, own),
  ];
}

/** What is wrong with a server's credentials, or will be. UsageError for PEM that cannot be read. */
export async function checkServer(credentials: ServerCredentials, now: Date): Promise<Finding[]> {
  const chain = await readCertificates(credentials.cert, "the server's certificate");
  const authorities = await readCertificates(credentials.authority, "the authority's certificate");
  const key = readPrivateKey(credentials.key, "the server's key");
  const [own] = chain as [Certificate];
  const tooMuchAsked = 'the board drops the connection when the server asks for its certificate';
  return [
    ...checkKind(own, "the server's certificate"),
    ...(belongsTo(key, own) ? [] : [keyOfAnother("the server's key", 'its certificate', key.kind)]),
    ...checkLeaf(own, "the server's certificate", SERVER_AUTH),
    ...checkChain(chain, "the server's certificate"),
    ...checkSize(
      "the server's certificate",
      certificatesBytes(shown(chain, authorities)),
      'the board drops the connection',
    ),
    ...checkSize('the list of authorities', certificateRequestBytes(authorities), tooMuchAsked),
    ...authorities.flatMap((authority) => checkAuthority(authority)),
    ...checkIssuer(chain, authorities),
    ...(await checkRevocationList(credentials.crl, authorities, own, now)),
    ...checkDates(own, "the server's certificate", now),
    ...authorities.flatMap((authority) => checkDates(authority, "the authority's certificate", now)),
  ];
}

/** What a server shows of itself: behind a certificate that stands alone, OpenSSL sends its issuer if it knows that. */
function shown(chain: readonly Certificate[], authorities: readonly Certificate[]): readonly Certificate[] {
  const [own] = chain as [Certificate];
  if (chain.length > 1 || own.selfIssued) return chain;
  return [own, ...authorities.filter((authority) => isIssuedBy(own, authority)).slice(0, 1)];
}

function checkNames(credentials: BoardCredentials, own: Certificate): Finding[] {
  const findings: Finding[] = [];
  try {
    boardNames(credentials);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    findings.push({ code: 'NAME', level: 'error', message: error.message, fix: error.fix ?? 'Choose another name.' });
  }
  const expected = commonName(credentials);
  if (own.commonName !== expected) {
    const found = own.commonName === undefined ? 'no single name' : quoted(own.commonName);
    findings.push({
      code: 'NAME_OF_ANOTHER',
      level: 'error',
      message: `CERT is for ${found}, not for ${quoted(expected)}: the server would not take the board for what it says it is`,
      fix: 'Take the certificate of this board, or its own endpoint name and domain.',
    });
  }
  return findings;
}

function keyOfAnother(key: string, certificate: string, kind: string): Finding {
  return {
    code: 'KEY_OF_ANOTHER',
    level: 'error',
    message: `${key} (${kind}) does not belong to ${certificate}: the handshake fails`,
    fix: 'Take key and certificate from the same place.',
  };
}

function checkSize(what: string, bytes: number, consequence: string): Finding[] {
  if (bytes < MOST_HANDSHAKE_BYTES) return [];
  return [
    {
      code: 'TOO_LARGE',
      level: 'error',
      message: `${what} makes a TLS message of ${bytes} bytes, and the board has room for fewer than ${MOST_HANDSHAKE_BYTES}: ${consequence}`,
      fix: 'Leave out certificates that are not needed, or take shorter ones.',
    },
  ];
}

function checkOldService(anchors: readonly Certificate[], own: Certificate): Finding[] {
  const anchored = anchors.some(({ commonName }) => commonName === 'ARM mbed');
  if (!anchored && !/^mbed-connector-\d{4}$/.test(own.issuerCommonName ?? '')) return [];
  const refuses = anchored ? '; with this SERVER_CERT the board refuses any other server' : '';
  return [
    {
      code: 'OLD_SERVICE',
      level: 'warning',
      message: `these are credentials of mbed Device Connector, which closed in 2018${refuses}`,
      fix: 'Give --credentials with the folder of your own authority, so that the board trusts your server.',
    },
  ];
}

/** Of those that say whose certificates of boards a server takes. */
function checkAuthority(authority: Certificate): Finding[] {
  const name = "the authority's certificate";
  const mayNot = authority.keyUsage !== undefined && !authority.keyUsage.includes('keyCertSign');
  if (authority.constraints?.ca === true && !mayNot) return checkKind(authority, name);
  return [
    {
      code: 'NO_AUTHORITY',
      level: 'error',
      message: `${name} is not that of an authority: no board's certificate can be checked with it`,
      fix: "Take the authority's certificate (CA:TRUE, keyCertSign).",
    },
  ];
}

function checkIssuer(chain: readonly Certificate[], authorities: readonly Certificate[]): Finding[] {
  const last = chain.at(-1)!;
  if (last.selfIssued || authorities.some((authority) => isIssuedBy(last, authority))) return [];
  return [
    {
      code: 'SERVER_OF_ANOTHER',
      level: 'warning',
      message: `the server's certificate was issued by ${quoted(last.issuer)}, not by the authority beside it`,
      fix: 'Have its issuer as SERVER_CERT in every board.',
    },
  ];
}

async function checkRevocationList(
  crl: string,
  authorities: readonly Certificate[],
  server: Certificate,
  now: Date,
): Promise<Finding[]> {
  const list = await readRevocationList(crl, 'the list of revoked certificates');
  const found = (code: string, message: string): Finding => {
    return { code, level: 'error', message, fix: 'Put back the list that belongs to the authority.' };
  };
  const findings: Finding[] = [];
  const signed = await Promise.all(authorities.map((authority) => list.signedBy(authority)));
  if (!signed.includes(true)) {
    findings.push(
      found(
        'CRL_OF_ANOTHER',
        'the list of revoked certificates is not signed by the authority: the server refuses every board',
      ),
    );
  }
  if (list.nextUpdate !== undefined && list.nextUpdate <= now) {
    const ended = list.nextUpdate.toISOString();
    findings.push(
      found('CRL_EXPIRED', `the list of revoked certificates ended on ${ended}: the server refuses every board`),
    );
  }
  if (isRevoked(list, server)) findings.push(found('REVOKED', "the server's own certificate was revoked"));
  return findings;
}
