/** Certificates in an image, whatever became of their bytes: read, or told to be unreadable, and the process goes on. */
import { X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { identify } from '../../../cloud/connector/transports/identity.ts';
import { pemText } from '../../../firmware-template/credentials/pem.ts';
import { readContents } from '../../../firmware-template/image/contents.ts';
import { sampleFirmware } from './k64f-image.ts';

/** Every byte of the board's certificate changed in turn. */
async function changed(): Promise<Buffer[]> {
  const der = new X509Certificate((await sampleFirmware()).credentials.cert).raw;
  return Array.from(der, (_byte, at) => {
    const copy = Buffer.from(der);
    copy[at]! ^= 0x80;
    return copy;
  });
}

test('a byte of a certificate changed, whichever: it is one or it is none', async () => {
  let unreadable = 0;
  for (const der of await changed()) {
    const found = readContents(Buffer.from(pemText({ label: 'CERTIFICATE', der })));
    expect(found.certificates.length + found.unreadable.length).toBe(1);
    unreadable += found.unreadable.length;
  }
  expect(unreadable).toBeGreaterThan(100);
});

test('the same of a board that shows it: it has a name or a reason', async () => {
  const reasons = new Set<string>();
  for (const der of await changed()) {
    let certificate: X509Certificate;
    try {
      certificate = new X509Certificate(der);
    } catch {
      continue;
    }
    const told = identify(certificate);
    if ('why' in told) reasons.add(told.why);
    else expect(told.identity.commonName).toContain('/');
  }
  expect(reasons).toContain('a key that cannot be read');
});
