/** The body of a multipart upload: a resource in JSON and the object's bytes, between lines of a boundary. RFC 2046 §5.1. Pure. */
import { Refusal } from '../refusal.ts';
import { resourceOf } from './upload.ts';

export interface Multipart {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly contentType: string;
  readonly content: Uint8Array;
}

/** Refusal if it is not two such parts. */
export function readMultipart(contentType: string, body: Uint8Array): Multipart {
  const [, quoted, plain] =
    /^multipart\/related\s*;.*\bboundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw wrong('it is not multipart/related with a boundary');
  const [first, second, ...more] = partsOf(Buffer.from(body), Buffer.from(`--${boundary}`));
  if (first === undefined || second === undefined || more.length > 0) throw wrong('it has not two parts');
  return {
    resource: resourceOf(first.content.toString('utf8')),
    contentType: /^content-type:\s*(.+?)\s*$/im.exec(second.head)?.[1] ?? 'application/octet-stream',
    content: second.content,
  };
}

interface RawPart {
  readonly head: string;
  readonly content: Buffer;
}

function partsOf(body: Buffer, line: Buffer): RawPart[] {
  const parts: RawPart[] = [];
  let at = body.indexOf(line);
  while (at >= 0) {
    const begin = at + line.length;
    if (body.subarray(begin, begin + 2).toString() === '--') return parts;
    // The boundary's own line break belongs to it.
    const next = body.indexOf(Buffer.concat([Buffer.from('\r\n'), line]), begin);
    if (next < 0) break;
    parts.push(partOf(body.subarray(begin, next)));
    at = next + 2;
  }
  throw wrong('it has no end');
}

function partOf(bytes: Buffer): RawPart {
  // After the boundary and its line break: heads, an empty line, content.
  const begin = bytes.indexOf('\r\n');
  if (bytes.subarray(begin, begin + 4).toString() === '\r\n\r\n')
    return { head: '', content: bytes.subarray(begin + 4) };
  const end = bytes.indexOf('\r\n\r\n', begin);
  if (begin < 0 || end < 0) throw wrong('a part has no empty line behind its head');
  return { head: bytes.subarray(begin + 2, end).toString('latin1'), content: bytes.subarray(end + 4) };
}

function wrong(why: string): Refusal {
  return new Refusal('INVALID_ARGUMENT', `the multipart body makes no sense: ${why}`);
}
