/** Revocation lists and certificates, as OpenSSL makes them, and any bytes in their place. */
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pemBlocks, pemOf } from '../../../../cloud/connector/transports/pem.ts';
import { revocationsOf, subjectOf } from '../../../../cloud/connector/transports/revocation.ts';
import { FormatError } from '../../../../cloud/protocol/errors.ts';
import { Authority, type Pair } from './certificates.ts';
import { element } from './handmade.ts';

let authority: Authority;
let boards: readonly Pair[];

beforeAll(async () => {
  authority = await Authority.named('boards');
  boards = await Promise.all(['a', 'b', 'c'].map((name) => authority.board('dom', name)));
});
afterAll(async () => {
  await authority[Symbol.asyncDispose]();
});

const inside = ({ cert }: Pair): X509Certificate => new X509Certificate(cert);

test('those that a list names are revoked, and no others', async () => {
  const [a, b, c] = boards as [Pair, Pair, Pair];
  const revocations = revocationsOf(await authority.revoking([a, c]));
  expect([a, b, c].map((one) => revocations.has(inside(one)))).toEqual([true, false, true]);
  expect([...revocations.issuers]).toEqual([subjectOf(inside(authority.own))]);
});

test('a serial number of another authority is another one', async () => {
  await using another = await Authority.named('others');
  const revocations = revocationsOf(await another.revoking(boards));
  expect(boards.map((one) => revocations.has(inside(one)))).toEqual([false, false, false]);
});

test('several lists are one; an empty list and none name nobody', async () => {
  await using another = await Authority.named('others');
  const [mine, foreign] = [boards[0]!, await another.board('dom', 'd')];
  const lists = (await authority.revoking([mine])) + (await another.revoking([foreign]));
  const all = revocationsOf(lists);
  expect([mine, foreign, boards[1]!].map((one) => all.has(inside(one)))).toEqual([true, true, false]);
  expect(revocationsOf(await authority.revoking([])).has(inside(mine))).toBe(false);
  expect(revocationsOf(undefined)).toMatchObject({ issuers: new Set() });
});

test('a subject is what a certificate has for its issuer', () => {
  const hex = boards[0]!.cert && inside(boards[0]!).raw.toString('hex');
  expect(hex).toContain(subjectOf(inside(authority.own)));
  expect(subjectOf(inside(authority.own))).toBe(
    element(
      0x30,
      element(0x31, element(0x30, Buffer.from('0603550403', 'hex'), element(0x0c, Buffer.from('boards')))),
    ).toString('hex'),
  );
});

describe('any bytes: a list, or its own error', () => {
  const readOrRefused = (der: Uint8Array): void => {
    try {
      revocationsOf(pemOf(der, 'X509 CRL'));
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
    }
  };

  test('whatever they are', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), readOrRefused));
  });

  test('a list with some bytes changed, or cut short', async () => {
    const [der] = pemBlocks(await authority.revoking(boards), 'X509 CRL') as [Uint8Array];
    const changes = fc.array(fc.tuple(fc.nat(der.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(changes, fc.nat(der.length), (changed, length) => {
        const bytes = Uint8Array.from(der);
        for (const [at, value] of changed) bytes[at] = value;
        readOrRefused(bytes);
        readOrRefused(bytes.subarray(0, length));
      }),
      { numRuns: 1_000 },
    );
  });
});

test('PEM: what stands between blocks is nothing, another label or no base64 is refused', () => {
  const bytes = Buffer.from('some bytes that are more than one line of base64, all of them to come back again');
  const pem = pemOf(bytes, 'THING');
  expect(Math.max(...pem.split('\n').map(({ length }) => length))).toBe(64);
  expect(pemBlocks(`before\n${pem}between${pem.replaceAll('\n', '\r\n')}after`, 'THING')).toEqual([bytes, bytes]);
  expect(pemBlocks('nothing', 'THING')).toEqual([]);
  expect(() => pemBlocks(pem, 'OTHER')).toThrow(FormatError);
  expect(() => pemBlocks(pem.replace('c29t', 'c2='), 'THING')).toThrow(FormatError);
});
