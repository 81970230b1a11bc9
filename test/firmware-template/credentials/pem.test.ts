/** PEM is read strictly: whole, or refused with words that help. */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { UsageError } from '../../../cloud/protocol/errors.ts';
import { certificatesText, keyText } from '../../../firmware-template/credentials/board-pem.ts';
import { pemText, readPem } from '../../../firmware-template/credentials/pem.ts';
import { certificate, tlv } from './certificates.ts';

const { cert, key } = await certificate();
const BLOCK = { label: 'CERTIFICATE', der: tlv(0x30, Uint8Array.of(2, 1, 5)) };

const derValue = fc.uint8Array({ maxLength: 400 }).map((content) => tlv(0x30, content));
const label = fc.constantFrom('CERTIFICATE', 'PRIVATE KEY', 'X509 CRL');

test('what was written is read back, in any line width, with any line ends, between any other text', () => {
  const around = fc.string({ maxLength: 30 }).filter((text) => !text.includes('-----'));
  fc.assert(
    fc.property(
      fc.array(fc.record({ label, der: derValue }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 90 }),
      fc.constantFrom('\n', '\r\n', ' \n'),
      around,
      (blocks, width, end, text) => {
        const written = blocks.map(({ label, der }) => {
          const lines =
            Buffer.from(der)
              .toString('base64')
              .match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
          return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, text].join(end);
        });
        const read = readPem(`${text}\n${written.join('')}`, 'it');
        expect(read.map(({ label, der }) => ({ label, der: [...der] }))).toEqual(
          blocks.map(({ label, der }) => ({ label, der: [...der] })),
        );
      },
    ),
  );
});

test('pemText is what openssl writes: lines of 64', () => {
  expect(pemText({ label: 'CERTIFICATE', der: readPem(cert, 'it')[0]!.der })).toBe(cert);
  expect(Math.max(...cert.split('\n').map((line) => line.length))).toBe(64);
});

test.each<[string, string, string]>([
  ['nothing', '', 'is empty'],
  ['blanks', ' \n', 'is empty'],
  ['other text', 'hello', 'holds no PEM'],
  ['DER', String.fromCharCode(...BLOCK.der), 'holds no PEM'],
  ['cut off', cert.slice(0, 200), 'no "-----END CERTIFICATE-----"'],
  ['a missing line', cert.split('\n').toSpliced(3, 1).join('\n'), 'bytes of'],
  ['half a line', cert.replace('\n', '\nAAAA'), 'bytes'],
  ['characters that are not base64', cert.replace(/\n(.)/, '\n!'), 'not base64'],
  ['padding in the middle', cert.replace(/\n(.)/, '\n='), 'damaged'],
  ['an empty block', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n', 'damaged'],
  ['no DER', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'damaged'],
  ['another end', cert.replace('END CERTIFICATE', 'END PRIVATE KEY'), 'no "-----END CERTIFICATE-----"'],
  ['an encrypted key', pemText({ label: 'ENCRYPTED PRIVATE KEY', der: BLOCK.der }), 'encrypted private key'],
  [
    'an encrypted key of the old kind',
    '-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n',
    'encrypted private key',
  ],
  ['headers', '-----BEGIN CERTIFICATE-----\nComment: x\n\nAAAA\n-----END CERTIFICATE-----\n', 'not base64'],
  ['17 blocks', pemText(BLOCK).repeat(17), 'more than 16'],
  ['too much', 'x'.repeat(70_000), 'too much'],
])('%s is refused', (_what, text, why) => {
  expect(() => readPem(text, 'board.pem')).toThrow(UsageError);
  expect(() => readPem(text, 'board.pem')).toThrow(/^board\.pem /);
  expect(() => readPem(text, 'board.pem')).toThrow(why);
});

test('an encrypted key is answered with the command that decrypts it', () => {
  const text = pemText({ label: 'ENCRYPTED PRIVATE KEY', der: BLOCK.der });
  expect(() => readPem(text, 'key.pem')).toThrow(
    expect.objectContaining({ fix: expect.stringContaining('openssl pkey') }),
  );
});

test('whatever text comes: blocks, or our own error', () => {
  const pieces = [
    '-----BEGIN CERTIFICATE-----',
    '-----END CERTIFICATE-----',
    '-----BEGIN ',
    '-----',
    '\n',
    'MAMCAQU=',
    '=',
    'Proc-Type: 4,ENCRYPTED',
    cert,
    key,
  ];
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: fc.constantFrom(...pieces), maxLength: 12 }), fc.string({ unit: 'binary' })),
      (text) => {
        try {
          expect(readPem(text, 'it').length).toBeGreaterThan(0);
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

test('a board takes certificates where certificates belong, and one key where a key does', () => {
  expect(certificatesText(`text before\n${cert}${cert.replaceAll('\n', '\r\n')}`, 'it')).toBe(cert + cert);
  expect(keyText(key.replaceAll('\n', '\r\n'), 'it')).toBe(key);
  const parameters = pemText({ label: 'EC PARAMETERS', der: tlv(0x06, Uint8Array.of(1)) });
  expect(keyText(parameters + key, 'it')).toBe(key);
  expect(() => certificatesText(cert + key, 'it')).toThrow('PRIVATE KEY where certificates are expected');
  expect(() => keyText(cert, 'it')).toThrow('CERTIFICATE where one private key is expected');
  expect(() => keyText(key + key, 'it')).toThrow('where one private key is expected');
  expect(() => keyText(parameters, 'it')).toThrow('EC PARAMETERS only');
  expect(() => keyText(pemText({ label: 'RSA PRIVATE KEY', der: BLOCK.der }), 'it')).toThrow('a key of RSA');
});
