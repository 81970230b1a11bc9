/**
 * Certificates that OpenSSL's command does not make: common names longer than 64 characters,
 * several or none, any dates, and the NULL beside the signature's algorithm that Device Connector's certificates had.
 */
import { createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import { pemOf } from '../../../../cloud/connector/transports/pem.ts';
import { subjectOf } from '../../../../cloud/connector/transports/revocation.ts';
import type { Pair } from './certificates.ts';

export interface Handmade {
  readonly commonNames: readonly string[];
  /** Like 250102030405Z. */
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly nullParameter?: boolean;
}

const ECDSA_WITH_SHA256 = '2a8648ce3d040302';
const COMMON_NAME = '550403';
const ORGANIZATION = '55040a';

export function handmade(issuer: Pair, options: Handmade): Pair {
  const { commonNames, notBefore = '200101000000Z', notAfter = '491231235959Z', nullParameter = false } = options;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(element(0x06, hex(ECDSA_WITH_SHA256)), nullParameter ? element(0x05) : hex(''));
  const inside = sequence(
    element(0xa0, element(0x02, Buffer.of(2))),
    element(0x02, Buffer.concat([Buffer.of(1), randomBytes(4)])),
    algorithm,
    hex(subjectOf(new X509Certificate(issuer.cert))),
    sequence(time(notBefore), time(notAfter)),
    sequence(name(ORGANIZATION, 'mbed user'), ...commonNames.map((one) => name(COMMON_NAME, one))),
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', inside, createPrivateKey(issuer.key));
  const whole = sequence(inside, algorithm, element(0x03, Buffer.concat([Buffer.of(0), signature])));
  return { cert: pemOf(whole, 'CERTIFICATE'), key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) };
}

export function element(tag: number, ...parts: Uint8Array[]): Buffer {
  const contents = Buffer.concat(parts);
  const { length } = contents;
  const lengthBytes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...lengthBytes), contents]);
}

function sequence(...parts: Uint8Array[]): Buffer {
  return element(0x30, ...parts);
}

function time(text: string): Buffer {
  return element(0x17, Buffer.from(text));
}

function name(type: string, value: string): Buffer {
  return element(0x31, sequence(element(0x06, hex(type)), element(0x0c, Buffer.from(value))));
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}
