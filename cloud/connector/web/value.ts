/** Values of boards as people read them: text where it is text, else bytes in hexadecimal. */
import { CONTENT_FORMATS } from '../../protocol/coap/content-formats.ts';
import { FormatError } from '../../protocol/errors.ts';
import { decodeTlv, type TlvEntry, type TlvResourceInstance } from '../../protocol/payload/tlv.ts';

const LONGEST = 2_000;
const utf8 = new TextDecoder('utf-8', { fatal: true });

export function valueText(value: Uint8Array, contentFormat: number | undefined): string {
  if (contentFormat === CONTENT_FORMATS.tlv || contentFormat === CONTENT_FORMATS.tlvOfDrafts) return tlvText(value);
  const text = textOf(value);
  return text === undefined ? hexOf(value) : text.slice(0, LONGEST);
}

/** `0: ARM, 1: K64F`. */
function tlvText(value: Uint8Array): string {
  try {
    return decodeTlv(value).map(entryText).join(', ').slice(0, LONGEST);
  } catch (error) {
    if (error instanceof FormatError) return hexOf(value);
    throw error;
  }
}

type AnyEntry = TlvEntry | TlvResourceInstance;

function entryText(entry: AnyEntry): string {
  if (entry.kind === 'object-instance') return `${entry.id}: {${entry.resources.map(entryText).join(', ')}}`;
  if (entry.kind === 'multiple-resource') return `${entry.id}: {${entry.instances.map(entryText).join(', ')}}`;
  return `${entry.id}: ${textOf(entry.value) ?? hexOf(entry.value)}`;
}

/** Undefined: it is no text that can be shown. */
function textOf(value: Uint8Array): string | undefined {
  try {
    const text = utf8.decode(value);
    return /[\p{Cc}\p{Cn}]/u.test(text.replaceAll(/[\t\r\n]/g, '')) ? undefined : text;
  } catch {
    return undefined;
  }
}

function hexOf(value: Uint8Array): string {
  const hex = Buffer.from(value.subarray(0, LONGEST)).toString('hex');
  return hex === '' ? '' : `0x${hex}`;
}
