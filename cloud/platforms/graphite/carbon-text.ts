/**
 * Points in carbon's plaintext protocol: `metric value timestamp`, a line each. Pure.
 *
 * https://graphite.readthedocs.io/en/latest/feeding-carbon.html#the-plaintext-protocol
 */
import type { Point } from './metric.ts';

/** Bytes after which a piece ends; what a socket takes well at once. */
const PIECE_BYTES = 64 * 1024;

/** Pieces of whole lines. */
export function* textPieces(points: Iterable<Point>): Iterable<Uint8Array> {
  let lines = '';
  for (const { metric, at, value } of points) {
    lines += `${metric} ${value} ${at}\n`;
    if (lines.length >= PIECE_BYTES) {
      yield Buffer.from(lines);
      lines = '';
    }
  }
  if (lines !== '') yield Buffer.from(lines);
}
