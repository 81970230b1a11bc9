/** Certificates, keys and lists of the revoked are read with three parsers; whatever bytes come, only our own error leaves. */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { FormatError, UsageError } from '../../../cloud/protocol/errors.ts';
import { readCertificate, readCertificates } from '../../../firmware-template/credentials/certificate.ts';
import { derValues, oidText } from '../../../firmware-template/credentials/der.ts';
import { makeRevocationList } from '../../../firmware-template/credentials/make.ts';
import { pemText, readPem } from '../../../firmware-template/credentials/pem.ts';
import { readPrivateKey } from '../../../firmware-template/credentials/private-key.ts';
import { readRevocationList } from '../../../firmware-template/credentials/revocation.ts';
import { authority, certificate, NOW, tlv } from './certificates.ts';

const issuer = await authority();
const { cert, key } = await certificate({ name: 'dom/board-1', issuer });
const signer = { certificate: (await readCertificates(issuer.cert, 'a'))[0]!, key: readPrivateKey(issuer.key, 'k') };
const list = await makeRevocationList(signer, [{ serial: '5A', at: NOW }], NOW);
const derOf = (pem: string): Uint8Array => readPem(pem, 'x')[0]!.der;

/** Bytes that are nearly those. */
function nearly(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.record({ at: fc.nat(bytes.length - 1), value: fc.integer({ min: 0, max: 255 }) });
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const changed = Uint8Array.from(bytes);
    for (const { at, value } of changes) changed[at] = value;
    return changed;
  });
}

async function onlyOurs(read: () => unknown): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof FormatError)) throw error;
    expect(error.message).not.toContain(Buffer.from(derOf(key)).toString('base64').slice(20, 40));
  }
}

const RUNS = { numRuns: 400 };

test('whatever bytes stand for a certificate', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(nearly(derOf(cert)), fc.uint8Array()), (der) =>
      onlyOurs(() => readCertificate(der, 'it')),
    ),
    RUNS,
  );
});

test('whatever bytes stand for a key', async () => {
  const pem = nearly(derOf(key)).map((der) => pemText({ label: 'PRIVATE KEY', der }));
  await fc.assert(
    fc.asyncProperty(pem, (text) => onlyOurs(() => readPrivateKey(text, 'it'))),
    RUNS,
  );
});

test('whatever bytes stand for a list of the revoked', async () => {
  const pem = nearly(derOf(list)).map((der) => pemText({ label: 'X509 CRL', der }));
  await fc.assert(
    fc.asyncProperty(pem, (text) =>
      onlyOurs(async () => (await readRevocationList(text, 'it')).signedBy(signer.certificate)),
    ),
    RUNS,
  );
});

test('whatever bytes stand for DER, its values fill them exactly', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      try {
        expect(Buffer.concat(derValues(bytes).map(({ whole }) => whole))).toEqual(Buffer.from(bytes));
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }),
  );
});

test.each([
  ['1.2.840.10045.4.3.2', [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]],
  ['2.5.29.20', [0x55, 0x1d, 0x14]],
  ['2.999.3', [0x88, 0x37, 0x03]],
  ['0.9', [0x09]],
])('the object identifier %s is read', (text, bytes) => {
  expect(oidText(derValues(tlv(0x06, Uint8Array.from(bytes)))[0]!)).toBe(text);
});

test('a list says whom it names, and who signed it', async () => {
  const read = await readRevocationList(list, 'it');
  expect(read.revoked).toEqual([{ serial: expect.stringMatching(/^5a$/i), at: NOW }]);
  expect(await read.signedBy(signer.certificate)).toBe(true);
  expect(await read.signedBy((await readCertificates((await authority()).cert, 'x'))[0]!)).toBe(false);
  expect(await read.signedBy((await readCertificates((await authority({ kind: 'RSA' })).cert, 'x'))[0]!)).toBe(false);
  await expect(readRevocationList(cert, 'it')).rejects.toThrow('it is no list of revoked certificates');
});
