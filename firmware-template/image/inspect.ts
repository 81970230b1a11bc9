/**
 * Looks into an image and says whether it may be flashed to an FRDM-K64F.
 *
 *   file ─► Intel HEX or bytes ─► vectors, flash configuration, contents ─► findings ─► verdict
 *
 * It asks all that DAPLink asks (source/daplink/validation.c, family/freescale/target_reset_Kseries.c) and more, because
 * DAPLink erases the chip first and seldom says why it refused. Pure; that nothing is found proves no program right.
 */
import { type ImageContents, readContents } from './contents.ts';
import { checkFileName } from './file-name.ts';
import { BUILD_AGAIN, COPY_AGAIN, type ImageFinding, type ImageVerdict, TIMES_OUT, verdictOf } from './finding.ts';
import { checkFlashConfig, checkLock, type FlashConfig, readFlashConfig } from './flash-config.ts';
import { type HexDamage, isHex, readHex } from './hex.ts';
import { CODE_AT, ERASED, FLASH_BYTES, SECURITY_AT } from './k64f.ts';
import { checkDaplink, checkKind } from './kinds.ts';
import { checkContents, type ExpectedFirmware } from './owner.ts';
import { checkVectors, looksLikeImage, readVectors, type Vectors } from './vectors.ts';

export type { ImageFinding, ImageLevel, ImageVerdict } from './finding.ts';
export type { FlashConfig } from './flash-config.ts';
export type { ExpectedFirmware } from './owner.ts';
export type { Vectors } from './vectors.ts';

export interface ImageReport {
  readonly format: 'bin' | 'hex';
  /** Bytes of flash from 0 to its last one. */
  readonly size: number;
  /** Undefined if the file cannot be read so far. */
  readonly vectors: Vectors | undefined;
  /** Undefined if the file cannot be read. */
  readonly flashConfig: FlashConfig | undefined;
  /** `coap://HOST:PORT` */
  readonly serverUris: readonly string[];
  /** Names of boards, from their certificates in it. */
  readonly endpoints: readonly string[];
  readonly findings: readonly ImageFinding[];
  readonly verdict: ImageVerdict;
}

/**
 * What the file is and what about it is wrong; never throws, whatever the bytes. `expected`: what was generated, as far as
 * it is to be that. `path`: the file's name, if it is to be right too.
 */
export function inspectImage(file: Uint8Array, expected: Partial<ExpectedFirmware> = {}, path?: string): ImageReport {
  const format = isHex(file) ? 'hex' : 'bin';
  const { image, damage, gapBytes } =
    format === 'hex' ? readHex(file) : { image: file, damage: undefined, gapBytes: 0 };
  const { findings, ...contents } = damage === undefined ? inspectBytes(image, expected) : damaged(image, damage);
  const all = [...findings, ...checkGaps(gapBytes), ...(path === undefined ? [] : checkFileName(path, format))];
  return { format, size: image.length, ...contents, findings: all, verdict: verdictOf(all) };
}

type Inspected = Omit<ImageReport, 'format' | 'size' | 'verdict'>;

function inspectBytes(image: Uint8Array, expected: Partial<ExpectedFirmware>): Inspected {
  const vectors = readVectors(image);
  const flashConfig = readFlashConfig(image);
  const contents = readContents(image.subarray(0, FLASH_BYTES));
  const endpoints = [...new Set(contents.certificates.flatMap(({ names }) => names?.endpoint ?? []))];
  const found = { vectors, flashConfig, serverUris: contents.serverUris, endpoints };
  return { ...found, findings: findingsOf(image, vectors, contents, expected) };
}

/** What DAPLink would not take for an image is told for what it is, and not by all that an image has and it has not. */
function findingsOf(
  image: Uint8Array,
  vectors: Vectors | undefined,
  contents: ImageContents,
  expected: Partial<ExpectedFirmware>,
): readonly ImageFinding[] {
  if (image.length === 0) return [EMPTY];
  if (isBlank(image)) return [...checkLock(image), BLANK];
  const beginning = vectors === undefined ? [] : checkVectors(image, vectors);
  if (vectors === undefined || !looksLikeImage(vectors)) {
    const kind = checkKind(image);
    return kind.length > 0 ? kind : [...checkLock(image), ...checkSize(image.length), ...beginning];
  }
  return [
    ...checkLock(image),
    ...checkSize(image.length),
    ...checkDaplink(image),
    ...beginning,
    ...checkFlashConfig(image),
    ...checkContents(contents, expected),
  ];
}

const EMPTY: ImageFinding = {
  code: 'EMPTY',
  level: 'error',
  message: 'it is empty',
  consequence: 'DAPLink would have nothing to program.',
  fix: COPY_AGAIN,
};

function checkSize(size: number): readonly ImageFinding[] {
  if (size < CODE_AT) {
    const message = `it has ${size} bytes; an image has at least ${CODE_AT}, which come before its code`;
    const consequence = 'There is no code in it that could run.';
    return [{ code: 'TOO_SMALL', level: 'error', message, consequence, fix: COPY_AGAIN }];
  }
  if (size <= FLASH_BYTES) return [];
  const message = `it has ${size} bytes; a K64F has ${FLASH_BYTES} of flash`;
  const consequence = 'DAPLink would refuse it, or leave out what does not fit without a word.';
  return [{ code: 'TOO_LARGE', level: 'error', message, consequence, fix: BUILD_AGAIN }];
}

/** Parts of a program are aligned; a record that went missing is larger than what that leaves free. */
function checkGaps(bytes: number): readonly ImageFinding[] {
  if (bytes < 16) return [];
  const message = `it has no records for ${bytes} of its bytes`;
  const consequence = 'They would stay erased. If a line of the file went missing, the program is not whole.';
  return [{ code: 'GAP', level: 'warning', message, consequence, fix: 'Take the .bin if you have it.' }];
}

function isBlank(image: Uint8Array): boolean {
  const [first] = image;
  return (first === ERASED || first === 0) && image.every((byte) => byte === first);
}

const BLANK: ImageFinding = {
  code: 'BLANK',
  level: 'error',
  message: 'it holds nothing: all of its bytes are the same',
  consequence: TIMES_OUT,
  fix: COPY_AGAIN,
};

/** DAPLink programs what comes before the damage: that alone can lock the chip. */
function damaged(before: Uint8Array, { message, consequence, fix = COPY_AGAIN }: HexDamage): Inspected {
  const locks = before.length > SECURITY_AT ? checkLock(before) : [];
  const findings: readonly ImageFinding[] = [...locks, { code: 'BAD_HEX', level: 'error', message, consequence, fix }];
  return { vectors: undefined, flashConfig: undefined, serverUris: [], endpoints: [], findings };
}
