/** PEM texts: what is in their blocks (RFC 7468). What stands between blocks is ignored, as there (§2). */
import { FormatError } from '../../protocol/errors.ts';

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\s+([A-Za-z0-9+/=\s]*?)-----END \1-----/g;

/** The bytes of each block, all of which have to have this label. FormatError if one has another, or is no base64. */
export function pemBlocks(text: string, label: string): Uint8Array[] {
  return [...text.matchAll(BLOCK)].map(([, found, body]) => {
    if (found !== label) throw new FormatError('PEM_FORMAT', `a PEM block of ${found}, where ${label} should be`);
    const base64 = body!.replaceAll(/\s/g, '');
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.toString('base64') !== base64)
      throw new FormatError('PEM_FORMAT', `a PEM block of ${label} is no base64`);
    return bytes;
  });
}

/** A block as PEM. */
export function pemOf(bytes: Uint8Array, label: string): string {
  const base64 = Buffer.from(bytes).toString('base64');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
