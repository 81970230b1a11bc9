/**
 * Images of a K64F for tests: one as mbed-os-example-client makes it, as far as an image can be looked into, and ways in
 * which it can be broken, by name. Nothing in it would run; a compiled one is in compiled-image.ts.
 */

import { readCertificates } from '../../../firmware-template/credentials/certificate.ts';
import type { BoardCredentials } from '../../../firmware-template/credentials/credentials.ts';
import { makeAuthority, makeBoard } from '../../../firmware-template/credentials/make.ts';
import { readPrivateKey } from '../../../firmware-template/credentials/private-key.ts';
import type { ExpectedFirmware, ImageVerdict } from '../../../firmware-template/image/inspect.ts';
import type { BoardNames } from '../../../firmware-template/names.ts';

export interface SampleFirmware {
  readonly serverUri: string;
  readonly credentials: BoardCredentials;
}

/** What `inspectImage` is to look for in a sample's image. */
export function expectedOf({ serverUri, credentials }: SampleFirmware): Required<ExpectedFirmware> {
  const { domain, endpoint, cert, serverCert } = credentials;
  return { serverUri, domain, endpoint, cert, serverCert };
}

/** New credentials of an authority of their own. */
export async function sampleFirmware(
  names: BoardNames = { domain: 'mts', endpoint: 'board-1' },
  serverUri = 'coap://192.168.1.10:5684',
): Promise<SampleFirmware> {
  const now = new Date();
  const authority = await makeAuthority(now);
  const [certificate] = await readCertificates(authority.cert, 'the authority');
  const key = readPrivateKey(authority.key, 'its key');
  const board = await makeBoard({ certificate: certificate!, key }, names, now);
  return { serverUri, credentials: { ...names, serverCert: authority.cert, ...board } };
}

const CODE_BYTES = 20_000;
const END_OF_RAM = 0x20030000;

/** An image that may be flashed. */
export function k64fImage({ serverUri, credentials }: SampleFirmware): Buffer {
  const image = Buffer.concat([Buffer.alloc(0x400), flashConfig(0xfe), code(), strings(serverUri, credentials)]);
  image.writeUInt32LE(END_OF_RAM, 0);
  for (let at = 4; at < 0x400; at += 4) image.writeUInt32LE(0x411 + (at % 64), at);
  return image;
}

/** The same as Intel HEX, as objcopy writes it. */
export function intelHex(image: Uint8Array, recordBytes = 16): string {
  const records: string[] = [];
  for (let at = 0; at < image.length; at += recordBytes) {
    if (at % 0x10000 < recordBytes && at >= recordBytes) records.push(record(0, 4, [at >> 24, (at >> 16) & 0xff]));
    records.push(record(at & 0xffff, 0, [...image.subarray(at, at + recordBytes)]));
  }
  return [...records, record(0, 1, []), ''].join('\r\n');
}

/** One line of it, without its end. */
export function record(address: number, type: number, data: readonly number[]): string {
  const bytes = [data.length, (address >> 8) & 0xff, address & 0xff, type, ...data];
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  return `:${Buffer.from([...bytes, -sum & 0xff])
    .toString('hex')
    .toUpperCase()}`;
}

/** Ways to break an image: what it becomes, what is to be found, and what that comes to. */
export const BROKEN: Readonly<Record<string, Broken>> = {
  'erased at 0x40C': { of: withByte(0x40c, 0xff), code: 'WOULD_LOCK', verdict: 'never' },
  secured: { of: withByte(0x40c, 0xfc), code: 'WOULD_LOCK', verdict: 'never' },
  'mass erase disabled': { of: withByte(0x40c, 0xee), code: 'WOULD_LOCK', verdict: 'never' },
  'zero at 0x40C': { of: withByte(0x40c, 0), code: 'WOULD_LOCK', verdict: 'never' },
  'backdoor key enabled': { of: withByte(0x40c, 0xbe), code: 'ODD_FSEC', verdict: 'broken' },
  'flash protected': { of: withByte(0x408, 0), code: 'ODD_FPROT', verdict: 'broken' },
  'cut off among the vectors': { of: (image) => image.subarray(0, 0x200), code: 'WOULD_LOCK', verdict: 'never' },
  'cut off before 0x40C': { of: (image) => image.subarray(0, 0x40c), code: 'WOULD_LOCK', verdict: 'never' },
  'cut off after 0x40C': { of: (image) => image.subarray(0, 0x40d), code: 'TOO_SMALL', verdict: 'broken' },
  'cut off in a certificate': {
    of: (image) => image.subarray(0, image.length - 300),
    code: 'CUT_OFF',
    verdict: 'broken',
  },
  'cut off before its handlers': { of: (image) => image.subarray(0, 0x412), code: 'CUT_OFF', verdict: 'broken' },
  'more than 1 MiB': {
    of: (image) => Buffer.concat([image, Buffer.alloc(0x100000)]),
    code: 'TOO_LARGE',
    verdict: 'broken',
  },
  'stack nowhere': { of: withWord(0, 0x10000000), code: 'BAD_STACK', verdict: 'broken' },
  'stack unaligned': { of: withWord(0, END_OF_RAM - 4), code: 'BAD_STACK', verdict: 'broken' },
  'reset nowhere': { of: withWord(4, 0x08000411), code: 'BAD_VECTOR', verdict: 'broken' },
  'NMI even': { of: withWord(8, 0x412), code: 'BAD_VECTOR', verdict: 'broken' },
  'HardFault among the vectors': { of: withWord(12, 0x41), code: 'BAD_VECTOR', verdict: 'broken' },
  'SysTick beyond its end': { of: withWord(60, 0x80001), code: 'CUT_OFF', verdict: 'broken' },
  'DAPLink itself': { of: withWord(0x20, 0x9b939e8f), code: 'DAPLINK_ITSELF', verdict: 'broken' },
  empty: { of: () => Buffer.alloc(0), code: 'EMPTY', verdict: 'broken' },
  'all 0xFF': { of: (image) => Buffer.alloc(image.length, 0xff), code: 'WOULD_LOCK', verdict: 'never' },
  'all zeros': { of: (image) => Buffer.alloc(image.length), code: 'WOULD_LOCK', verdict: 'never' },
  ELF: {
    of: (image) => Buffer.concat([Buffer.from('\x7fELF\x01\x01\x01'), image]),
    code: 'NO_IMAGE',
    verdict: 'broken',
  },
  UF2: {
    of: (image) => Buffer.concat([Buffer.from('UF2\nWQ]\x9e', 'latin1'), image]),
    code: 'NO_IMAGE',
    verdict: 'broken',
  },
  'UTF-16': { of: () => Buffer.from('\ufeffIt works!\r\n', 'utf16le'), code: 'NO_IMAGE', verdict: 'broken' },
  text: { of: () => Buffer.from('It works!\r\n'.repeat(500)), code: 'NO_IMAGE', verdict: 'broken' },
  'a web page': { of: () => Buffer.from(`\n<!DOCTYPE html>${' '.repeat(2000)}`), code: 'NO_IMAGE', verdict: 'broken' },
  'S-records': { of: () => Buffer.from('S00600004844521B\r\n'), code: 'NO_IMAGE', verdict: 'broken' },
  zipped: { of: (image) => Buffer.concat([Buffer.from('PK\x03\x04'), image]), code: 'NO_IMAGE', verdict: 'broken' },
};

export interface Broken {
  readonly of: (image: Buffer) => Buffer;
  /** A code that is among the findings. */
  readonly code: string;
  readonly verdict: ImageVerdict;
}

function withByte(at: number, value: number): (image: Buffer) => Buffer {
  return (image) => {
    const broken = Buffer.from(image);
    broken[at] = value;
    return broken;
  };
}

function withWord(at: number, value: number): (image: Buffer) => Buffer {
  return (image) => {
    const broken = Buffer.from(image);
    broken.writeUInt32LE(value, at);
    return broken;
  };
}

function flashConfig(fsec: number): Buffer {
  const field = Buffer.alloc(16, 0xff);
  field[12] = fsec;
  return field;
}

/** As good as random, and the same each time. */
function code(): Buffer {
  const bytes = Buffer.alloc(CODE_BYTES);
  let state = 1;
  for (let at = 0; at < bytes.length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    bytes[at] = state >> 16;
  }
  return bytes;
}

/** The strings that a linker leaves: those of the program, of mbed-client and of Mbed TLS, and the credentials. */
function strings(serverUri: string, { domain, endpoint, ...pem }: BoardCredentials): Buffer {
  const own = ['test', 'coap://', 'coaps://', serverUri, domain, endpoint];
  const mbedTls = ['CERTIFICATE', 'EC PRIVATE KEY', 'PRIVATE KEY'].flatMap((label) => [
    `-----BEGIN ${label}-----`,
    `-----END ${label}-----`,
  ]);
  const credentials = [pem.key, pem.cert, pem.serverCert].map((text) => text.replaceAll(/\r?\n/g, '\r\n'));
  return Buffer.from([...own, ...mbedTls, ...credentials].map((text) => `${text}\0`).join(''), 'latin1');
}
