/**
 * What an image holds that tells whose it is: addresses of servers, and certificates and keys as PEM.
 *
 * They stand in it as C strings. The client's own code holds `coap://` alone, and Mbed TLS the bare lines that begin and
 * end a PEM: neither is one. Bounded: so many of each, each so long.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { BoardNames } from '../names.ts';

export interface ImageContents {
  /** `coap://HOST:PORT`, each once, in the order in which they stand. */
  readonly serverUris: readonly string[];
  readonly certificates: readonly ImageCertificate[];
  readonly keys: readonly KeyObject[];
  /** Labels of PEM blocks that cannot be read. */
  readonly unreadable: readonly string[];
  /** The image ends inside a PEM block. */
  readonly isCutOff: boolean;
  /** Whether a C string is, or ends with, this text. */
  readonly holdsString: (text: string) => boolean;
}

export interface ImageCertificate {
  readonly certificate: X509Certificate;
  /** Of a board's: its common name is `domain/endpoint`. */
  readonly names: BoardNames | undefined;
}

const MOST_URIS = 32;
const MOST_BLOCKS = 32;
const MOST_PEM_CHARACTERS = 16 * 1024;

/** All of it; nothing of it is judged. */
export function readContents(image: Uint8Array): ImageContents {
  const text = Buffer.from(image.buffer, image.byteOffset, image.byteLength).toString('latin1');
  const { blocks, isCutOff } = pemBlocks(text);
  const certificates: ImageCertificate[] = [];
  const keys: KeyObject[] = [];
  const unreadable: string[] = [];
  for (const { label, pem } of blocks) {
    try {
      if (label === 'CERTIFICATE') certificates.push(readCertificate(pem));
      else if (label.endsWith('PRIVATE KEY')) keys.push(createPrivateKey(pem));
    } catch {
      // OpenSSL's own errors: whichever it was, the board's TLS will not read it either.
      unreadable.push(label);
    }
  }
  const holdsString = (wanted: string): boolean => text.includes(`${wanted}\0`);
  return { serverUris: serverUris(text), certificates, keys, unreadable, isCutOff, holdsString };
}

function serverUris(text: string): readonly string[] {
  const found = new Set<string>();
  for (const [uri] of text.matchAll(/coaps?:\/\/[A-Za-z0-9[][\x21-\x7e]{0,255}/g)) {
    found.add(uri);
    if (found.size === MOST_URIS) break;
  }
  return [...found];
}

interface Block {
  readonly label: string;
  readonly pem: string;
}

function pemBlocks(text: string): { blocks: readonly Block[]; isCutOff: boolean } {
  const blocks: Block[] = [];
  // A line's end and base64 after it: Mbed TLS looks for the bare line, and holds it as a string of its own.
  const begin = /-----BEGIN ([A-Z0-9 ]{1,40})-----\r?\n(?=[A-Za-z0-9+/])/g;
  for (const match of text.matchAll(begin)) {
    const label = match[1]!;
    const closing = `-----END ${label}-----`;
    const window = text.slice(match.index, match.index + MOST_PEM_CHARACTERS);
    const end = window.indexOf(closing);
    if (end === -1) {
      if (window.length < MOST_PEM_CHARACTERS && /^[A-Za-z0-9+/=\r\n-]*$/.test(window.slice(match[0].length))) {
        return { blocks, isCutOff: true };
      }
      continue;
    }
    blocks.push({ label, pem: window.slice(0, end + closing.length) });
    if (blocks.length === MOST_BLOCKS) break;
  }
  return { blocks, isCutOff: false };
}

function readCertificate(pem: string): ImageCertificate {
  const certificate = new X509Certificate(pem);
  // Throws where OpenSSL cannot read the key: of such a certificate toLegacyObject ends the process (a segmentation fault of Node 24).
  void certificate.publicKey;
  return { certificate, names: certificate.ca ? undefined : namesOf(certificate.toLegacyObject().subject?.CN) };
}

/** Undefined unless it is `domain/endpoint` in plain letters. */
function namesOf(commonName: unknown): BoardNames | undefined {
  if (typeof commonName !== 'string') return undefined;
  const [, domain, endpoint] = /^([\x20-\x2e\x30-\x7e]{1,64})\/([\x20-\x7e]{1,64})$/.exec(commonName) ?? [];
  return domain === undefined || endpoint === undefined ? undefined : { domain, endpoint };
}
