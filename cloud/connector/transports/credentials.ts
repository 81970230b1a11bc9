/**
 * What the connector shows boards, and whom it believes: PEM values in, what node:tls takes out.
 *
 * Checked here is what OpenSSL would take and a board would not, who then reconnects for ever and says nothing: the kind of
 * key, the purpose, and that certificates and the list of authorities fit in its 2,048-byte buffer. The limits are of mbed
 * TLS as mbed-os-example-client configures it (mbedtls_mbed_client_config.h: RSA_C is off, SSL_MAX_CONTENT_LEN is 2048).
 * A certificate's dates and names are not checked, as the boards do not.
 */
import { constants, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { UsageError } from '../../protocol/errors.ts';
import { BOARD_TLS_CONTENT_BYTES } from './connection.ts';
import { pemBlocks, pemOf } from './pem.ts';
import { type Revocations, revocationsOf, subjectOf } from './revocation.ts';

export interface Credentials {
  /** The connector's own certificate, and those between it and what the boards trust, in PEM. */
  readonly cert: string;
  readonly key: string;
  /** The authorities whose boards are let in, in PEM. */
  readonly authority: string;
  /** Their revocation lists, in PEM. One that has expired keeps every board out. */
  readonly crl?: string | undefined;
  /** SHA-256 fingerprints of boards' certificates that another authority issued; dates do not matter for them. */
  readonly trusted?: readonly string[] | undefined;
}

/** Credentials that were checked. */
export interface Trust {
  readonly secure: SecureContextOptions;
  readonly authorities: readonly X509Certificate[];
  readonly revocations: Revocations;
  /** As X509Certificate.fingerprint256 writes them. */
  readonly trusted: ReadonlySet<string>;
}

/** Exactly what a board offers, the stronger first. */
const CIPHERS = 'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256';
/** Boards offer both, the other first. This one is as strong as their own keys, and much less work for both. */
const CURVES = 'P-256:P-384';
const SIGNATURES = 'ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512';
/** As OpenSSL names them. */
const BOARD_CURVES = new Set(['prime256v1', 'secp384r1']);
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
/** RFC 5246 §7.4: the handshake's header, the length of the list, and of each entry. */
const [HEADER_BYTES, LIST_BYTES, CERTIFICATE_LENGTH_BYTES, NAME_LENGTH_BYTES] = [4, 3, 3, 2];
/** §7.4.4: certificate types and signature algorithms, with room for more of them than there are. */
const REQUEST_BYTES = 64;

/** UsageError that says what is wrong with them, and what to do. */
export function checkCredentials(credentials: Credentials): Trust {
  const { cert, key, authority, crl, trusted = [] } = credentials;
  const chain = certificates(cert, 'certificate');
  const authorities = certificates(authority, "authorities' certificate");
  checkKey(chain[0]!, key);
  checkPurpose(chain[0]!);
  checkSize(
    "the connector's certificates",
    messageBytes(chain.map(({ raw }) => raw.length + CERTIFICATE_LENGTH_BYTES)),
  );
  const names = authorities.map((one) => subjectOf(one).length / 2 + NAME_LENGTH_BYTES);
  checkSize('the names of the authorities', messageBytes([...names, REQUEST_BYTES]));
  const revocations = checkLists(crl, authorities);
  return {
    secure: checkContext(credentials),
    authorities,
    revocations,
    trusted: new Set(trusted.map(fingerprint)),
  };
}

/** Whether a key is one that boards can have, or believe: the reason if not. */
export function whyNoBoardKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  const curve = asymmetricKeyDetails?.namedCurve;
  if (asymmetricKeyType === 'ec' && curve !== undefined && BOARD_CURVES.has(curve)) return undefined;
  return `its key is ${asymmetricKeyType ?? 'unknown'}${curve === undefined ? '' : ` ${curve}`}, not P-256 or P-384`;
}

function certificates(pem: string, what: string): X509Certificate[] {
  const found = readable(what, () => pemBlocks(pem, 'CERTIFICATE').map((der) => new X509Certificate(der)));
  if (found.length === 0) throw new UsageError(`there is no ${what}`, 'Give it as PEM.');
  return found;
}

function checkKey(certificate: X509Certificate, pem: string): void {
  const key = readable('private key', () => createPrivateKey(pem));
  if (!certificate.checkPrivateKey(key)) {
    throw new UsageError(
      "the connector's private key is not that of its certificate",
      'Give the two that belong together.',
    );
  }
  const why = whyNoBoardKey(certificate.publicKey);
  if (why !== undefined) {
    throw new UsageError(`boards refuse the connector's certificate: ${why}`, 'Make one with a P-256 key.');
  }
}

function checkPurpose({ keyUsage }: X509Certificate): void {
  // Node calls the extended key usage so.
  if (keyUsage === undefined || keyUsage.length === 0 || keyUsage.includes(SERVER_AUTH)) return;
  throw new UsageError(
    "boards refuse the connector's certificate: its extended key usage is not for a server",
    'Make one with serverAuth, or without extended key usage.',
  );
}

function messageBytes(parts: readonly number[]): number {
  return parts.reduce((sum, part) => sum + part, HEADER_BYTES + LIST_BYTES);
}

function checkSize(what: string, bytes: number): void {
  if (bytes <= BOARD_TLS_CONTENT_BYTES) return;
  throw new UsageError(
    `${what} take ${bytes} bytes of the handshake, and a board has room for ${BOARD_TLS_CONTENT_BYTES}`,
    'Use fewer, or with shorter names.',
  );
}

function checkLists(crl: string | undefined, authorities: readonly X509Certificate[]): Revocations {
  const revocations = readable('revocation list', () => revocationsOf(crl));
  if (crl !== undefined && revocations.issuers.size === 0) {
    throw new UsageError('there is no revocation list in what was given for it', 'Give it as PEM, or leave it out.');
  }
  // OpenSSL asks for the list of each authority once there is one, and lets nobody in without.
  const without = crl !== undefined && authorities.find((one) => !revocations.issuers.has(subjectOf(one)));
  if (without) {
    const name = without.subject.replaceAll('\n', ', ');
    throw new UsageError(`the authority ${name} has no revocation list`, 'Give one of each authority, or none at all.');
  }
  return revocations;
}

function checkContext({ cert, key, authority, crl }: Credentials): SecureContextOptions {
  const secure: SecureContextOptions = {
    cert,
    key,
    ca: authority,
    // One at a time: of a text with several OpenSSL reads the first.
    ...(crl !== undefined && { crl: pemBlocks(crl, 'X509 CRL').map((der) => pemOf(der, 'X509 CRL')) }),
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    ecdhCurve: CURVES,
    sigalgs: SIGNATURES,
    honorCipherOrder: true,
    // A resumed session would not be asked for its certificate, and a second handshake could show another one.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  };
  readable('credentials', () => createSecureContext(secure));
  return secure;
}

function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError(`the ${what} cannot be read: ${(error as Error).message}`, 'Give it as PEM.', {
      cause: error,
    });
  }
}

function fingerprint(text: string): string {
  const digits = text.replaceAll(':', '').toUpperCase();
  if (!/^[0-9A-F]{64}$/.test(digits)) {
    throw new UsageError(`${JSON.stringify(text)} is no SHA-256 fingerprint`, 'Write 64 hexadecimal digits.');
  }
  return digits.match(/../g)!.join(':');
}
