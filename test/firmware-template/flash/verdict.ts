/**
 * What DAPLink on a K64F makes of a file: it looks at names, vectors, the record before the end, and the security byte.
 *
 * Source: DAPLink, source/daplink/validation.c, drag-n-drop/vfs_manager.c and family/freescale/k64f/target.c.
 */
import type { DaplinkError } from './daplink-errors.ts';

const RAM = [0x1fff0000, 0x20030000] as const;
const FLASH = [0, 0x100000] as const;
const SECURITY = 0x40c;

/** How a transfer ends; `undefined`: programmed. */
export function verdictOn(file: Uint8Array): DaplinkError | undefined {
  if (file[0] === 0x3a) return onHex(Buffer.from(file).toString('latin1'));
  const words = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const first = file.length < 16 ? [] : [0, 4, 8, 12].map((at) => words.getUint32(at, true));
  const [stack, ...vectors] = first;
  // Without a beginning that it knows it goes on waiting for one.
  if (stack === undefined || !isIn(stack, RAM) || !vectors.every((vector) => isIn(vector, FLASH)))
    return 'TRANSFER_TIMEOUT';
  return onSecurity(file[SECURITY]);
}

function onHex(text: string): DaplinkError | undefined {
  let base = 0;
  let security: number | undefined;
  for (const record of text.split(/\r?\n/).filter((line) => line !== '')) {
    const bytes = Buffer.from(record.slice(1), 'hex');
    if (bytes.length < 5 || bytes.reduce((sum, byte) => sum + byte, 0) % 256 !== 0) return 'HEX_CKSUM';
    const [length = 0, type] = [bytes[0], bytes[3]];
    if (type === 1) return onSecurity(security);
    if (type === 2) base = bytes.readUInt16BE(4) * 16;
    if (type === 4) base = bytes.readUInt16BE(4) * 0x10000;
    const at = SECURITY - base - bytes.readUInt16BE(1);
    if (type === 0 && at >= 0 && at < length) security = bytes[4 + at];
  }
  return 'TRANSFER_TIMEOUT';
}

function onSecurity(byte: number | undefined): DaplinkError | undefined {
  if (byte === undefined) return undefined;
  return (byte & 0x30) === 0x20 || (byte & 3) !== 2 ? 'SECURITY_BITS' : undefined;
}

function isIn(value: number, [from, to]: readonly [number, number]): boolean {
  return value >= from && value <= to;
}
