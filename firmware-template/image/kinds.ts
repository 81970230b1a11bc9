/**
 * What a file is, that somebody took for an image: told by its first bytes, so that the message can say what to do.
 *
 * Only DAPLink's own updates begin like an image of a K64F; for the others DAPLink would wait in vain.
 */
import { COPY_AGAIN, type ImageFinding, TIMES_OUT } from './finding.ts';

interface Kind {
  readonly is: (file: Uint8Array) => boolean;
  readonly what: string;
  readonly fix: string;
}

const DOWNLOAD_AGAIN = 'Open it in a browser to see why it is no image, and get the image again.';
const MAKE_BIN = 'Make an image of it with `arm-none-eabi-objcopy -O binary FILE image.bin`.';
const FOR_OTHERS = 'Take the .bin that `mbed compile -t GCC_ARM -m K64F` made.';

const KINDS: readonly Kind[] = [
  { is: begins('\x7fELF'), what: 'an ELF file, as a linker writes it', fix: MAKE_BIN },
  { is: begins('UF2\n'), what: 'a UF2 file, which DAPLink does not take', fix: FOR_OTHERS },
  { is: begins('DfuSe'), what: 'a DfuSe file, which DAPLink does not take', fix: FOR_OTHERS },
  { is: matches(/^S[0-3][0-9A-F]{8}/), what: 'Motorola S-records, which DAPLink does not take', fix: FOR_OTHERS },
  { is: begins('PK\x03\x04'), what: 'a ZIP archive', fix: 'Unpack it, and take the .bin in it.' },
  { is: begins('\x1f\x8b'), what: 'compressed by gzip', fix: 'Unpack it with `gunzip`.' },
  { is: matches(/^\s*<(?:!doctype|html|\?xml)/i), what: 'a web page', fix: DOWNLOAD_AGAIN },
  {
    is: matches(/^(?:[\t\n\f\r\x20-\xf4]*\n)?[\t \xef\xbb\xbf]*:[0-9A-F]{10}/i),
    what: 'Intel HEX with something before it',
    fix: 'Delete what stands before its first ":".',
  },
  { is: begins('\xff\xfe'), what: 'text in UTF-16, as PowerShell writes it', fix: 'Write it as plain ASCII.' },
  { is: matches(/^[\t\n\f\r\x20-\x7e\x80-\xf4]+$/), what: 'text', fix: COPY_AGAIN },
];

/** DAPLink's own firmware says so in words 8 and 9 of its vectors (source/daplink/daplink.h). */
const DAPLINK_KEYS = new Set([0x9b939e8f, 0x9b939d93]);

/** What it is if it is no image, for a file whose beginning DAPLink would not take. */
export function checkKind(file: Uint8Array): readonly ImageFinding[] {
  const kind = KINDS.find(({ is }) => is(file));
  if (kind === undefined) return [];
  const message = `it is no image, but ${kind.what}`;
  return [{ code: 'NO_IMAGE', level: 'error', message, consequence: TIMES_OUT, fix: kind.fix }];
}

/** An update of the debug chip, which would not run on the chip that it debugs. */
export function checkDaplink(image: Uint8Array): readonly ImageFinding[] {
  if (image.length < 0x30) return [];
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  if (!DAPLINK_KEYS.has(view.getUint32(0x20, true))) return [];
  return [
    {
      code: 'DAPLINK_ITSELF',
      level: 'error',
      message: 'it is no image for the K64F, but DAPLink itself: firmware of the debug chip beside it',
      consequence: 'DAPLink would refuse it, or replace its own bootloader by it.',
      fix: 'Copy it by hand to the drive MAINTENANCE (plug in with RESET held) if you mean to update DAPLink.',
    },
  ];
}

/** DAPLink decides by the first block; a text shows in it, too. */
const HEAD_BYTES = 512;

function begins(magic: string): (file: Uint8Array) => boolean {
  const bytes = Buffer.from(magic, 'latin1');
  return (file) => bytes.equals(file.subarray(0, bytes.length));
}

function matches(pattern: RegExp): (file: Uint8Array) => boolean {
  return (file) => pattern.test(Buffer.from(file.subarray(0, HEAD_BYTES)).toString('latin1'));
}
