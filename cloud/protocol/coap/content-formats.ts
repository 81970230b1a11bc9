/** Content formats by their numbers (RFC 7252 §12.3; OMA-TS-LightweightM2M-V1_0 §6.4, and the drafts' numbers before it). */

export const CONTENT_FORMATS = {
  text: 0,
  linkFormat: 40,
  octetStream: 42,
  /** OMA TLV as mbed-client has it: the number before OMA had its own. */
  tlvOfDrafts: 99,
  tlv: 11542,
} as const;

const MEDIA_TYPES: Readonly<Record<number, string>> = {
  [CONTENT_FORMATS.text]: 'text/plain',
  [CONTENT_FORMATS.linkFormat]: 'application/link-format',
  41: 'application/xml',
  [CONTENT_FORMATS.octetStream]: 'application/octet-stream',
  47: 'application/exi',
  50: 'application/json',
  60: 'application/cbor',
  [CONTENT_FORMATS.tlvOfDrafts]: 'application/vnd.oma.lwm2m+tlv',
  [CONTENT_FORMATS.tlv]: 'application/vnd.oma.lwm2m+tlv',
};

/** The media type of a number; undefined for one that is not known here. */
export function mediaType(contentFormat: number): string | undefined {
  return Object.hasOwn(MEDIA_TYPES, contentFormat) ? MEDIA_TYPES[contentFormat] : undefined;
}
