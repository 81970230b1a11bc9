/** Whether an image is the firmware that was generated: its server, its board's name and credentials are in it. */
import { type KeyObject, X509Certificate } from 'node:crypto';
import { type BoardNames, commonName } from '../names.ts';
import type { ImageContents } from './contents.ts';
import { COPY_AGAIN, type ImageFinding } from './finding.ts';

/** What was generated, as far as it can be looked for in an image. */
export interface ExpectedFirmware extends BoardNames {
  /** `coap://HOST:PORT` */
  readonly serverUri: string;
  /** The board's certificate, PEM: a new one of the same name makes an image that was built before it useless. */
  readonly cert?: string;
  /** What the board trusts, PEM. */
  readonly serverCert?: string;
}

const BUILD_WITH_IT =
  'Put the generated security.h and mbed_app.json into the project, and build it anew: `mbed compile -c`.';
/** What mbed-os-example-client connects to by itself. */
const OLD_SERVER = /^coaps?:\/\/api\.connector\.mbed\.com(?::|$)/i;

/** What about its contents is wrong by itself, or is not as expected. */
export function checkContents(contents: ImageContents, expected: Partial<ExpectedFirmware>): readonly ImageFinding[] {
  return [
    ...checkDamage(contents),
    ...checkKeys(contents),
    ...checkServer(contents.serverUris, expected.serverUri),
    ...checkNames(contents, expected),
    ...checkCredentials(contents, expected),
  ];
}

function checkDamage({ isCutOff, unreadable }: ImageContents): readonly ImageFinding[] {
  const consequence = NO_PROOF;
  const findings: ImageFinding[] = [];
  if (isCutOff) {
    const message = 'it ends in the middle of a certificate or key: it is cut off';
    findings.push({ code: 'CUT_OFF', level: 'error', message, consequence, fix: COPY_AGAIN });
  }
  for (const label of new Set(unreadable)) {
    const message = `it holds a ${label} that cannot be read`;
    findings.push({ code: 'BAD_PEM', level: 'error', message, consequence, fix: BUILD_WITH_IT });
  }
  return findings;
}

/** One of what may be the board's certificate is to have its key. */
function checkKeys({ certificates, keys }: ImageContents): readonly ImageFinding[] {
  const named = certificates.filter(({ names }) => names !== undefined);
  if (named.length === 0 || named.some(({ certificate }) => hasKey(certificate, keys))) return [];
  const whose = named.map(({ names }) => names!.endpoint).join(', ');
  const key = keys.length === 0 ? 'no private key' : 'the private key of another';
  return [
    {
      code: 'KEY_OF_ANOTHER',
      level: 'error',
      message: `it holds the certificate of ${whose}, and ${key}`,
      consequence: NO_PROOF,
      fix: BUILD_WITH_IT,
    },
  ];
}

const NO_PROOF = 'The board could not prove who it is, and would not connect.';

function hasKey(certificate: X509Certificate, keys: readonly KeyObject[]): boolean {
  return keys.some((key) => {
    try {
      return certificate.checkPrivateKey(key);
    } catch {
      // A key of a kind that OpenSSL cannot compare with this certificate's.
      return false;
    }
  });
}

function checkServer(uris: readonly string[], expected: string | undefined): readonly ImageFinding[] {
  const old = uris.find((uri) => OLD_SERVER.test(uri));
  if (expected !== undefined && !uris.includes(expected)) {
    const instead = uris.length === 0 ? 'no address of a server' : uris.join(', ');
    const message = `it does not hold ${expected}, the address that was generated, but ${instead}`;
    const consequence = old === undefined ? 'The board would not connect to your server.' : TO_NOWHERE;
    return [
      {
        code: old === undefined ? 'OTHER_SERVER' : 'OLD_SERVER',
        level: 'other',
        message,
        consequence,
        fix: BUILD_WITH_IT,
      },
    ];
  }
  if (old !== undefined) {
    const level = expected === undefined ? 'other' : 'warning';
    const message = `it holds ${old}, the address of a service that closed in 2018`;
    return [{ code: 'OLD_SERVER', level, message, consequence: TO_NOWHERE, fix: BUILD_WITH_IT }];
  }
  if (uris.length === 0) {
    const message = 'it holds no address of a server';
    return [{ code: 'NO_SERVER', level: 'warning', message, consequence: NO_CLIENT, fix: BUILD_WITH_IT }];
  }
  if (uris.length === 1) return [];
  const message = `it holds ${uris.length} addresses of servers: ${uris.join(', ')}`;
  const consequence = 'Which of them the board connects to cannot be seen from here.';
  return [{ code: 'SEVERAL_SERVERS', level: 'warning', message, consequence, fix: BUILD_WITH_IT }];
}

const TO_NOWHERE = 'The board would look for a server that is not there any more.';
const NO_CLIENT = 'It may be any program; as mbed-os-example-client it would connect to nothing.';

function checkNames(contents: ImageContents, wanted: Partial<BoardNames>): readonly ImageFinding[] {
  const held = contents.certificates.flatMap(({ names }) => names ?? []);
  const { endpoint, domain } = wanted;
  if (held.length === 0 && endpoint === undefined && domain === undefined) {
    const message = 'it holds no certificate of a board';
    return [{ code: 'NO_NAME', level: 'warning', message, consequence: NO_CLIENT, fix: BUILD_WITH_IT }];
  }
  const isHeld = held.some((names) => isNamed(names, wanted));
  if (!isHeld) {
    const instead = held.length === 0 ? 'none of a board' : `that of ${held.map(commonName).join(', ')}`;
    const message = `it does not hold the certificate of ${domain ?? '…'}/${endpoint ?? '…'}, but ${instead}`;
    const consequence = 'The board would be taken for another, or refused.';
    return [{ code: 'OTHER_NAME', level: 'other', message, consequence, fix: BUILD_WITH_IT }];
  }
  const missing = [endpoint, domain].filter((name) => name !== undefined && !contents.holdsString(name));
  if (missing.length === 0) return [];
  const message = `it holds ${missing.join(' and ')} in a certificate, but not as the name to register by`;
  const consequence = 'The board would register under another name than its certificate has, and be refused.';
  return [{ code: 'OTHER_NAME', level: 'other', message, consequence, fix: BUILD_WITH_IT }];
}

function isNamed(
  names: BoardNames,
  { domain = names.domain, endpoint = names.endpoint }: Partial<BoardNames>,
): boolean {
  return names.domain === domain && names.endpoint === endpoint;
}

function checkCredentials(
  { certificates }: ImageContents,
  { cert, serverCert, ...wanted }: Partial<ExpectedFirmware>,
): readonly ImageFinding[] {
  const held = new Set(certificates.map(({ certificate }) => certificate.fingerprint256));
  const isHeld = certificates.some(({ names }) => names !== undefined && isNamed(names, wanted));
  const findings: ImageFinding[] = [];
  // Where the name is not in it either, that was said already.
  if (cert !== undefined && isHeld && !holdsAll(held, cert)) {
    const message = 'it holds another certificate of this board than the one that was generated';
    findings.push({ code: 'OTHER_CREDENTIALS', level: 'other', message, consequence: REFUSED, fix: BUILD_WITH_IT });
  }
  if (serverCert !== undefined && !holdsAll(held, serverCert)) {
    const message = 'it does not hold the SERVER_CERT that was generated';
    findings.push({ code: 'OTHER_AUTHORITY', level: 'other', message, consequence: DISTRUSTS, fix: BUILD_WITH_IT });
  }
  return findings;
}

const REFUSED = 'The server may not take it any more.';
const DISTRUSTS = 'The board would not trust your server, and not connect.';

function holdsAll(held: ReadonlySet<string>, pem: string): boolean {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.every((block) => held.has(new X509Certificate(block).fingerprint256));
}
