/** Whether an image is the firmware that was generated, and not an earlier one, another board's, or the old service's. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ExpectedFirmware, inspectImage } from '../../../firmware-template/image/inspect.ts';
import { type BoardNames, boardNames } from '../../../firmware-template/names.ts';
import { authority, certificate } from '../credentials/certificates.ts';
import { expectedOf, k64fImage, type SampleFirmware, sampleFirmware } from './k64f-image.ts';

let sample: SampleFirmware;
let expected: Required<ExpectedFirmware>;

beforeAll(async () => {
  sample = await sampleFirmware();
  expected = expectedOf(sample);
});

/** The verdict, and the codes of what was found. */
function look(made: SampleFirmware, wanted: Partial<ExpectedFirmware> = expected) {
  const { verdict, findings } = inspectImage(k64fImage(made), wanted);
  return { verdict, codes: findings.map(({ code }) => code) };
}

const other = (...codes: string[]) => ({ verdict: 'other', codes });

describe('is another', () => {
  test.each([
    'coap://192.168.1.1:5684',
    'coap://192.168.1.10:568',
    'coap://192.168.1.10:56841',
    'coaps://192.168.1.10:5684',
    'coap://x',
  ])('with the server %s', (serverUri) => {
    expect(look({ ...sample, serverUri })).toEqual(other('OTHER_SERVER'));
  });

  test('with no server', () => {
    const { findings } = inspectImage(k64fImage({ ...sample, serverUri: '' }), expected);
    expect(findings.map(({ message }) => message)).toEqual([
      'it does not hold coap://192.168.1.10:5684, the address that was generated, but no address of a server',
    ]);
  });

  test('with that of the old service, whatever was expected', () => {
    const old = { ...sample, serverUri: 'coap://api.connector.mbed.com:5684' };
    expect(look(old)).toEqual(other('OLD_SERVER'));
    expect(look(old, {})).toEqual(other('OLD_SERVER'));
  });

  test.each([
    { domain: 'mts', endpoint: 'board-10' },
    { domain: 'elsewhere', endpoint: 'board-1' },
  ])('with a certificate for another name, whatever it would register by: %o', async (names) => {
    const { cert, key } = (await sampleFirmware(names)).credentials;
    const { serverUri, domain, endpoint } = expected;
    const wrong = { ...sample, credentials: { ...sample.credentials, cert, key } };
    expect(look(wrong, { serverUri, domain, endpoint })).toEqual(other('OTHER_NAME'));
  });

  test.each([{ endpoint: 'board-2' }, { endpoint: 'board-10' }, { domain: 'stm' }, { domain: 'mts2' }])(
    'that registers by another name than its certificate has: %o',
    (names) => {
      expect(look({ ...sample, credentials: { ...sample.credentials, ...names } })).toEqual(other('OTHER_NAME'));
    },
  );

  test('with an earlier certificate of the same name', async () => {
    const { cert, key } = (await sampleFirmware()).credentials;
    expect(look({ ...sample, credentials: { ...sample.credentials, cert, key } })).toEqual(other('OTHER_CREDENTIALS'));
  });

  test('that trusts another authority', async () => {
    const { serverCert } = (await sampleFirmware()).credentials;
    expect(look({ ...sample, credentials: { ...sample.credentials, serverCert } })).toEqual(other('OTHER_AUTHORITY'));
  });
});

describe('is the same', () => {
  test.each<(keyof ExpectedFirmware)[]>([[], ['serverUri'], ['endpoint'], ['domain'], ['cert'], ['serverCert']])(
    'as far as it is asked: %s',
    (...keys) => {
      const wanted = Object.fromEntries(keys.map((key) => [key, expected[key]]));
      expect(look(sample, wanted)).toEqual({ verdict: 'flash', codes: [] });
    },
  );

  test('with two servers in it, which is said', () => {
    const both = { ...sample, serverUri: `${sample.serverUri}\0coap://192.168.1.11:5684` };
    expect(look(both)).toEqual({ verdict: 'flash', codes: ['SEVERAL_SERVERS'] });
    const old = { ...sample, serverUri: `${sample.serverUri}\0coap://api.connector.mbed.com:5684` };
    expect(look(old)).toEqual({ verdict: 'flash', codes: ['OLD_SERVER'] });
  });
});

test('an authority whose name has a slash is no board', async () => {
  const { cert } = await authority({ name: 'Example/Root' });
  const { verdict, endpoints, findings } = inspectImage(k64fImage(trusting(cert)), {});
  expect({ verdict, endpoints, findings }).toEqual({ verdict: 'flash', endpoints: ['board-1'], findings: [] });
});

test('nor is a self-signed server whose name has one in need of a key', async () => {
  const { cert } = await certificate({ name: 'example/server', ca: false });
  expect(look(trusting(cert), {})).toEqual({ verdict: 'flash', codes: [] });
});

function trusting(serverCert: string): SampleFirmware {
  return { ...sample, credentials: { ...sample.credentials, serverCert } };
}

test('any board is found by its own names, and by no others', async () => {
  const name = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 64 });
  const names = fc.record({ domain: name, endpoint: name }).filter(areNames);
  await fc.assert(
    fc.asyncProperty(names, names, async (own, another) => {
      const made = await sampleFirmware(own);
      expect(look(made, expectedOf(made))).toEqual({ verdict: 'flash', codes: [] });
      expect(inspectImage(k64fImage(made)).endpoints).toEqual([own.endpoint]);
      const isSame = own.domain === another.domain && own.endpoint === another.endpoint;
      expect(look(made, another).verdict).toBe(isSame ? 'flash' : 'other');
    }),
    { numRuns: 40 },
  );
});

function areNames(names: BoardNames): boolean {
  try {
    return boardNames(names) !== undefined;
  } catch {
    return false;
  }
}

describe('could not prove who it is', () => {
  test("with another board's key", async () => {
    const { key } = (await sampleFirmware()).credentials;
    expect(look({ ...sample, credentials: { ...sample.credentials, key } })).toEqual({
      verdict: 'broken',
      codes: ['KEY_OF_ANOTHER'],
    });
  });

  test('without a key', () => {
    expect(look({ ...sample, credentials: { ...sample.credentials, key: '' } }).codes).toEqual(['KEY_OF_ANOTHER']);
  });

  test('with a certificate that cannot be read', () => {
    const cert = sample.credentials.cert.replace(/\n[^-]{4}/, '\nAAAA');
    expect(look({ ...sample, credentials: { ...sample.credentials, cert } })).toEqual({
      verdict: 'broken',
      codes: ['BAD_PEM', 'OTHER_NAME'],
    });
  });
});

test('nothing that is said of an image holds a key', async () => {
  const { key } = (await sampleFirmware()).credentials;
  const bad = k64fImage({ ...sample, credentials: { ...sample.credentials, key } });
  const said = JSON.stringify(inspectImage(bad, expected));
  for (const line of key.split('\n').slice(1, -2)) expect(said).not.toContain(line);
});
