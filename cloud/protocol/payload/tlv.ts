/**
 * OMA TLV: how LwM2M writes several resources at once (OMA-TS-LightweightM2M-V1_0, section 6.4.3).
 *
 *   | kind:2 | id width:1 | length width:2 | length:3 | id: 8 or 16 bits | length: 0, 8, 16 or 24 bits | value |
 *
 * Nesting is at most three deep and told by the kinds: an object instance holds resources, a multiple resource holds
 * resource instances, and neither is found anywhere else. Values stay bytes: what they mean depends on the resource.
 *
 * ARM's mbed-client writes a resource's text into its TLV, so its integers are ASCII digits; a K64F never sends object
 * 3200 as TLV, though (a GET of 3200/0 is answered 4.04), so integers are read in OMA's binary form here.
 */
import { type ByteFormat, ByteReader } from '../byte-reader.ts';
import { FormatError } from '../errors.ts';
import { joinBytes } from '../join-bytes.ts';

export interface TlvResourceInstance {
  readonly kind: 'resource-instance';
  readonly id: number;
  readonly value: Uint8Array;
}

export interface TlvResource {
  readonly kind: 'resource';
  readonly id: number;
  readonly value: Uint8Array;
}

export interface TlvMultipleResource {
  readonly kind: 'multiple-resource';
  readonly id: number;
  readonly instances: readonly TlvResourceInstance[];
}

export interface TlvObjectInstance {
  readonly kind: 'object-instance';
  readonly id: number;
  readonly resources: readonly (TlvResource | TlvMultipleResource)[];
}

/** What a payload may hold at its top. Ids are 0 to 65,535. */
export type TlvEntry = TlvObjectInstance | TlvMultipleResource | TlvResource;

type AnyEntry = TlvEntry | TlvResourceInstance;

/** In the order of the type byte's top two bits. */
const KINDS = ['object-instance', 'resource-instance', 'multiple-resource', 'resource'] as const;
const FORMAT: ByteFormat = { code: 'TLV_FORMAT', name: 'TLV' };
const WIDE_ID = 0b0010_0000;
/** Lengths up to this one are in the type byte itself. */
const SHORT_LENGTH = 7;
const MAX_ID = 0xffff;
const MAX_LENGTH = 0xff_ffff;

/**
 * The entries that `bytes` hold, in their order; no bytes, no entries. Values are views of `bytes`.
 *
 * An object instance or multiple resource that is empty is let through. FormatError TLV_FORMAT, with the byte offset: a
 * value runs past the end of what holds it, or a kind stands where section 6.4.3 has no place for it.
 */
export function decodeTlv(bytes: Uint8Array): TlvEntry[] {
  return readAll(new ByteReader(bytes, FORMAT), readTop);
}

/**
 * The bytes of `entries`, ids and lengths in their shortest form.
 *
 * RangeError, for the caller's own mistake: an id outside 0 to 65,535, or a value of 2^24 bytes or more.
 */
export function encodeTlv(entries: readonly TlvEntry[]): Uint8Array {
  return joinBytes(entries.map(entryBytes));
}

/**
 * A TLV value as OMA writes integers: signed, big-endian, of 1, 2, 4 or 8 bytes (Appendix C). A bigint only where a
 * number would not be exact. FormatError TLV_FORMAT: another length.
 */
export function tlvInteger(value: Uint8Array): number | bigint {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (value.length === 1) return view.getInt8(0);
  if (value.length === 2) return view.getInt16(0);
  if (value.length === 4) return view.getInt32(0);
  if (value.length !== 8) throw new FormatError('TLV_FORMAT', `a TLV integer has ${value.length} bytes`);
  const wide = view.getBigInt64(0);
  const number = Number(wide);
  return Number.isSafeInteger(number) ? number : wide;
}

function readAll<T>(reader: ByteReader, read: (reader: ByteReader) => T): T[] {
  const entries: T[] = [];
  while (reader.left > 0) entries.push(read(reader));
  return entries;
}

/** What one entry says of itself before its value. */
interface Head {
  readonly at: number;
  readonly kind: AnyEntry['kind'];
  readonly id: number;
  readonly length: number;
}

function readHead(reader: ByteReader): Head {
  const { at } = reader;
  const type = reader.u8();
  const id = (type & WIDE_ID) === 0 ? reader.u8() : reader.u16();
  const lengthWidth = (type >> 3) & 0b11;
  // Bits 2-0 mean nothing where the length has bytes of its own.
  const length = lengthWidth === 0 ? type & SHORT_LENGTH : reader.unsigned(lengthWidth);
  return { at, kind: KINDS[type >> 6]!, id, length };
}

function readTop(reader: ByteReader): TlvEntry {
  const head = readHead(reader);
  if (head.kind !== 'object-instance') return readResource(reader, head, 'at the top');
  const resources = readAll(reader.within(head.length), readInner);
  return { kind: head.kind, id: head.id, resources };
}

function readInner(reader: ByteReader): TlvResource | TlvMultipleResource {
  return readResource(reader, readHead(reader), 'in an object instance');
}

function readResource(reader: ByteReader, head: Head, place: string): TlvResource | TlvMultipleResource {
  const { kind, id, length } = head;
  if (kind === 'resource') return { kind, id, value: reader.take(length) };
  if (kind === 'multiple-resource') return { kind, id, instances: readAll(reader.within(length), readInstance) };
  throw misplaced(reader, head, place);
}

function readInstance(reader: ByteReader): TlvResourceInstance {
  const head = readHead(reader);
  const { kind, id, length } = head;
  if (kind === 'resource-instance') return { kind, id, value: reader.take(length) };
  throw misplaced(reader, head, 'in a multiple resource');
}

function misplaced(reader: ByteReader, head: Head, place: string): FormatError {
  return reader.problem(`${head.kind} ${head.id} has no place ${place}`, head.at);
}

function entryBytes(entry: AnyEntry): Uint8Array {
  const value = valueBytes(entry);
  return joinBytes([headBytes(entry, value.length), value]);
}

function valueBytes(entry: AnyEntry): Uint8Array {
  if (entry.kind === 'object-instance') return joinBytes(entry.resources.map(entryBytes));
  if (entry.kind === 'multiple-resource') return joinBytes(entry.instances.map(entryBytes));
  return entry.value;
}

function headBytes({ kind, id }: AnyEntry, length: number): Uint8Array {
  if (!(Number.isInteger(id) && id >= 0 && id <= MAX_ID)) throw new RangeError(`TLV id ${id}`);
  if (length > MAX_LENGTH) throw new RangeError(`TLV value of ${length} bytes`);
  const lengthWidth = length <= SHORT_LENGTH ? 0 : length <= 0xff ? 1 : length <= 0xffff ? 2 : 3;
  const wide = id > 0xff;
  const type =
    (KINDS.indexOf(kind) << 6) | (wide ? WIDE_ID : 0) | (lengthWidth << 3) | (lengthWidth === 0 ? length : 0);
  const head = wide ? [type, id >> 8, id & 0xff] : [type, id];
  for (let shift = 8 * (lengthWidth - 1); shift >= 0; shift -= 8) head.push((length >> shift) & 0xff);
  return Uint8Array.from(head);
}
