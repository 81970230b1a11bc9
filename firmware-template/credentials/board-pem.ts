/** The three PEM values of a board in one form: no text around them, lines of 64 characters, so that equal values are equal text. */
import { UsageError } from '../../cloud/protocol/errors.ts';
import { pemText, readPem } from './pem.ts';

const KEYS = ['PRIVATE KEY', 'EC PRIVATE KEY'];
const OTHER_KEYS: Readonly<Record<string, string>> = { 'RSA PRIVATE KEY': 'RSA', 'DSA PRIVATE KEY': 'DSA' };

/** The certificates in `text`, at least one, and nothing else. UsageError says what else there is. */
export function certificatesText(text: string, source: string): string {
  const blocks = readPem(text, source);
  const other = blocks.find(({ label }) => label !== 'CERTIFICATE');
  if (other !== undefined) {
    throw new UsageError(
      `${source} holds a ${other.label} where certificates are expected`,
      'Give the certificates alone.',
    );
  }
  return blocks.map(pemText).join('');
}

/** The one private key in `text`. EC PARAMETERS, which openssl writes before a key, are left out: the key names its curve. */
export function keyText(text: string, source: string): string {
  const blocks = readPem(text, source).filter(({ label }) => label !== 'EC PARAMETERS');
  const [key] = blocks;
  if (blocks.length !== 1 || key === undefined || !KEYS.includes(key.label)) {
    const kind = key === undefined ? undefined : OTHER_KEYS[key.label];
    if (kind !== undefined) {
      throw new UsageError(`${source} is a key of ${kind}: the board has only EC`, 'Make a key on the curve P-256.');
    }
    const labels = blocks.map(({ label }) => label).join(', ') || 'EC PARAMETERS only';
    throw new UsageError(`${source} holds ${labels} where one private key is expected`, 'Give the private key alone.');
  }
  return pemText(key);
}
