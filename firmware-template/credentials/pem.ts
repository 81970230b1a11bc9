/**
 * PEM text to DER and back (RFC 7468): certificates, keys and revocation lists as they come in files and C strings.
 *
 * Strict inside a block: only base64 in any line width, one DER value of exactly the length that it says. Text around
 * blocks is passed over (RFC 7468 §2), as it stands before certificates that openssl printed. What is in the DER is not
 * looked at here: certificate.ts and private-key.ts. Encrypted keys are refused: the board has nobody to ask.
 */
import { UsageError } from '../../cloud/protocol/errors.ts';
import { derLength } from './der.ts';

export interface PemBlock {
  /** What stands after BEGIN: `CERTIFICATE`, `PRIVATE KEY`. */
  readonly label: string;
  readonly der: Uint8Array;
}

const MOST_CHARACTERS = 64 * 1024;
const MOST_BLOCKS = 16;

/** Its blocks, at least one. `source` is what messages call the text. UsageError says what about it is wrong. */
export function readPem(text: string, source: string): readonly PemBlock[] {
  if (text.length > MOST_CHARACTERS) {
    throw new UsageError(`${source} has ${text.length} characters, which is too much`, 'Give the right file.');
  }
  const blocks: PemBlock[] = [];
  const begin = /-----BEGIN ([A-Z0-9 ]{1,40})-----/g;
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    const [label, from] = [match[1]!, begin.lastIndex];
    if (/ENCRYPTED/.test(label)) throw encrypted(source);
    const end = text.indexOf('-----', from);
    const closing = `-----END ${label}-----`;
    if (end === -1 || !text.startsWith(closing, end)) throw cutOff(source, `no "${closing}" follows its beginning`);
    if (blocks.length === MOST_BLOCKS)
      throw new UsageError(`${source} holds more than ${MOST_BLOCKS} PEM blocks`, WHOLE);
    blocks.push({ label, der: derOf(text.slice(from, end), label, source) });
    begin.lastIndex = end + closing.length;
  }
  if (blocks.length === 0) {
    const hint = text.trim() === '' ? 'is empty' : 'holds no PEM: nothing in it looks like "-----BEGIN …-----"';
    throw new UsageError(
      `${source} ${hint}`,
      'Give PEM text; `openssl x509 -inform DER` turns a DER certificate into it.',
    );
  }
  return blocks;
}

/** A block as text, lines of 64 characters that end in a line feed. */
export function pemText({ label, der }: PemBlock): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

const WHOLE = 'Copy it again, from the first "-----BEGIN" to the last "-----END …-----".';

function derOf(body: string, label: string, source: string): Uint8Array {
  if (/^\s*Proc-Type:.*ENCRYPTED/m.test(body)) throw encrypted(source);
  const base64 = body.replace(/[ \t\r\n]+/g, '');
  const der = Buffer.from(base64, 'base64');
  // Node passes over what is not base64: what it made of it has to be what was there.
  if (base64 === '' || der.toString('base64') !== base64) {
    const character = /[^A-Za-z0-9+/=]/.test(base64);
    throw cutOff(source, `its ${label} ${character ? 'has characters that are not base64' : 'is not whole base64'}`);
  }
  const length = derLength(der);
  if (length !== der.length) {
    throw cutOff(
      source,
      `its ${label} has ${der.length} bytes${length === undefined ? ', which are no DER' : ` of ${length}`}`,
    );
  }
  return der;
}

function cutOff(source: string, why: string): UsageError {
  return new UsageError(`${source} is damaged or cut off: ${why}`, WHOLE);
}

function encrypted(source: string): UsageError {
  return new UsageError(
    `${source} is an encrypted private key, and the board has nobody to ask for its password`,
    'Decrypt it first: `openssl pkey -in encrypted.pem -out key.pem` (keep that file to yourself).',
  );
}
