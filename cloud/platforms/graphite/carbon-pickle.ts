/**
 * Points in carbon's pickle protocol: frames of a 4-byte length (big endian) and a pickled list. Pure.
 *
 *   [(metric, (timestamp, value)), …]      Python's pickle, protocol 2, of the dozen opcodes that this takes
 *
 * https://graphite.readthedocs.io/en/latest/feeding-carbon.html#the-pickle-protocol; the opcodes are described in Python's
 * Lib/pickletools.py. It only writes: nothing here reads a pickle.
 */
import type { Point } from './metric.ts';

/** carbon closes the connection on a longer one: PICKLE_RECEIVER_MAX_LENGTH, without its header. */
export const MOST_FRAME_BYTES = 2 ** 20;
/** As many as carbon's own relays send in one: MAX_DATAPOINTS_PER_MESSAGE. */
export const MOST_FRAME_POINTS = 500;

const BEGIN = Buffer.from([0x80, 2, 0x5d, 0x28]); // PROTO 2, EMPTY_LIST, MARK
const END = Buffer.from([0x65, 0x2e]); // APPENDS, STOP
const TUPLE2 = 0x86;
const HEADER_BYTES = 4;

/** Frames with their headers. RangeError for a point that fits into none. */
export function* pickleFrames(points: Iterable<Point>): Iterable<Uint8Array> {
  let [items, bytes]: [Uint8Array[], number] = [[], 0];
  const most = MOST_FRAME_BYTES - BEGIN.length - END.length;
  for (const point of points) {
    const item = pickled(point);
    if (item.length > most) throw new RangeError(`a point takes ${item.length} bytes, a frame ${most} at most`);
    if (items.length === MOST_FRAME_POINTS || bytes + item.length > most) {
      yield frame(items);
      [items, bytes] = [[], 0];
    }
    items.push(item);
    bytes += item.length;
  }
  if (items.length > 0) yield frame(items);
}

function frame(items: readonly Uint8Array[]): Uint8Array {
  const whole = Buffer.concat([Buffer.alloc(HEADER_BYTES), BEGIN, ...items, END]);
  whole.writeUInt32BE(whole.length - HEADER_BYTES);
  return whole;
}

function pickled({ metric, at, value }: Point): Uint8Array {
  return Buffer.concat([unicode(metric), number(at), number(value), Buffer.from([TUPLE2, TUPLE2])]);
}

/** BINUNICODE: length in 4 bytes, little endian, and UTF-8. */
function unicode(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'utf8');
  const head = Buffer.alloc(5);
  head.writeUInt8(0x58);
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** BININT where 32 bits hold it, else BINFLOAT, which holds every whole number that JavaScript does. */
function number(value: number): Uint8Array {
  if (Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31) {
    const bytes = Buffer.alloc(5);
    bytes.writeUInt8(0x4a);
    bytes.writeInt32LE(value, 1);
    return bytes;
  }
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(0x47);
  bytes.writeDoubleBE(value, 1);
  return bytes;
}
