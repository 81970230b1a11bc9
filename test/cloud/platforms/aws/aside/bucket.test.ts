/** The bucket client, over HTTP: what it asks, what it makes of answers, and when it gives up. */
import { createHash, createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { HttpResponse } from 'msw';
import { readListing } from '../../../../../cloud/platforms/aws/aside/listing.ts';
import { collect } from '../../../../conformance/store.ts';
import { FakeAws, s3Error } from '../http/fake-aws.ts';

let aws: FakeAws;
beforeEach(() => {
  aws = new FakeAws().start();
});
afterEach(() => aws.stop());

const bytes = new Uint8Array([0, 255, 10, 13, 0x80]);

test('an object comes back as it was put, with its labels', async () => {
  const bucket = aws.bucket();
  expect(await bucket.put('aside/k', bytes, { reason: 'a%20b' })).toBe(true);
  const object = await bucket.get('aside/k');
  expect([...(object?.body ?? [])]).toEqual([...bytes]);
  expect(object?.labels.get('reason')).toBe('a%20b');
});

test('a key that is taken stays as it was', async () => {
  const bucket = aws.bucket();
  await bucket.put('aside/k', bytes, {});
  expect(await bucket.put('aside/k', new Uint8Array([1]), {})).toBe(false);
  expect(aws.objects.get('aside/k')?.body.length).toBe(bytes.length);
});

test('what is not there: undefined, and no error to drop', async () => {
  const bucket = aws.bucket();
  expect(await bucket.get('aside/none')).toBeUndefined();
  await bucket.drop('aside/none');
  await bucket.put('aside/k', bytes, {});
  await bucket.drop('aside/k');
  expect(aws.objects.size).toBe(0);
});

test('a list comes in pages, and keys with signs of XML and URLs come whole', async () => {
  const bucket = aws.bucket();
  const keys = ['aside/a&b', 'aside/c<d>', "aside/e'f g+h%", 'aside/z', 'aside/日'];
  for (const key of keys) await bucket.put(key, bytes, {});
  await bucket.put('other', bytes, {});
  aws.pageSize = 2;
  const listed = await collect(bucket.list('aside/'));
  expect(listed).toEqual(keys.map((key) => ({ key, bytes: bytes.length })));
  expect(aws.asked('s3', 'GET')).toHaveLength(3);
});

test('AWS itself is asked by the bucket as the host; a name with dots, and China, by their own addresses', async () => {
  const aside = { endpoint: undefined as unknown as string };
  await aws.bucket(aside).put('aside/k', bytes, {});
  await aws.bucket({ ...aside, region: async () => 'eu-central-1', name: 'a.b' }).put('aside/k', bytes, {});
  await aws.bucket({ ...aside, region: 'cn-north-1' }).put('aside/k', bytes, {});
  expect(aws.seen.map(({ url }) => url.href)).toEqual([
    'https://shelf.s3.eu-west-1.amazonaws.com/aside/k',
    'https://s3.eu-central-1.amazonaws.com/a.b/aside/k',
    'https://shelf.s3.cn-north-1.amazonaws.com.cn/aside/k',
  ]);
});

test('every request is signed, over its body and its query, with the session', async () => {
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'session' };
  const now = Date.UTC(2026, 2, 1, 12);
  const bucket = aws.bucket({ credentials: async () => credentials, now: () => now });
  await bucket.put("aside/k & it's (a) * + 日%", bytes, { reason: 'x' });
  await collect(bucket.list("aside/it's (a) *"));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(aws.seen[0]?.headers.get('x-amz-content-sha256')).toBe(sha256);
  for (const { url, what, headers } of aws.seen) {
    // Signed again from what arrived: whatever was not signed as it was sent gives another signature.
    const given = headers.get('authorization') ?? '';
    const names = /SignedHeaders=([^,]+)/.exec(given)?.[1]?.split(';') ?? [];
    const signed = names.map((name) => [name, name === 'host' ? url.host : (headers.get(name) ?? '')] as const);
    const signer = new SignatureV4({
      service: 's3',
      region: 'eu-west-1',
      credentials,
      sha256: Sha256,
      uriEscapePath: false,
    });
    const again = await signer.sign(
      {
        ...{ method: what, protocol: url.protocol, hostname: url.hostname, path: url.pathname },
        ...{ query: Object.fromEntries(url.searchParams), headers: Object.fromEntries(signed) },
      },
      { signingDate: new Date(now) },
    );
    expect(names).toEqual(expect.arrayContaining(['host', 'x-amz-content-sha256', 'x-amz-security-token']));
    expect(given).toBe(again.headers.authorization);
  }
});

class Sha256 {
  #hash;
  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array);
  }
  update(data: unknown): void {
    this.#hash.update(data as Uint8Array);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

test.each([
  ['SlowDown', () => s3Error(503, 'SlowDown')],
  ['an internal error', () => s3Error(500, 'InternalError')],
  ['another writer at the same key', () => s3Error(409, 'ConditionalRequestConflict')],
  ['no connection', () => HttpResponse.error()],
])('%s passes: it is asked again', async (_what, fault) => {
  let left = 3;
  aws.before = () => (left-- > 0 ? fault() : undefined);
  expect(await aws.bucket().put('aside/k', bytes, {})).toBe(true);
  expect(aws.seen).toHaveLength(4);
});

test('pauses grow, and end with the time', async () => {
  aws.before = () => s3Error(503, 'SlowDown');
  let now = 0;
  const pauses: number[] = [];
  const pause = async (ms: number): Promise<void> => {
    pauses.push(ms);
    now += ms;
  };
  const bucket = aws.bucket({ now: () => now, deadline: () => 500, random: () => 1, pause });
  const error = { code: 'STORE_DOWN', message: expect.stringContaining('SlowDown (status 503)') };
  await expect(bucket.put('aside/k', bytes, {})).rejects.toMatchObject(error);
  expect(pauses).toEqual([50, 100, 200, 150]);
});

test('after the deadline nothing is asked', async () => {
  const bucket = aws.bucket({ now: () => 5, deadline: () => 5 });
  await expect(bucket.put('aside/k', bytes, {})).rejects.toMatchObject({ code: 'STORE_DOWN' });
  expect(aws.seen).toEqual([]);
});

test.each([
  ['forbidden', s3Error(403, 'AccessDenied'), 'AccessDenied'],
  ['no such bucket', s3Error(404, 'NoSuchBucket'), 'NoSuchBucket'],
  [
    'in another region',
    new HttpResponse(null, { status: 301, headers: { location: 'https://x.test/' } }),
    'status 301',
  ],
  ['no list', new HttpResponse('<html>'), 'list of objects'],
])('%s: the store is down, and says why, at once', async (_what, answer, why) => {
  aws.before = () => answer.clone();
  const listed = collect(aws.bucket().list('aside/'));
  await expect(listed).rejects.toMatchObject({ code: 'STORE_DOWN', message: expect.stringContaining(why) });
  expect(aws.seen).toHaveLength(1);
});

test('an answer without end is not read into memory', async () => {
  aws.stop();
  const server = createServer((_request, response) => {
    const more = (): void => {
      while (response.write(Buffer.alloc(65_536, 'a')));
      response.once('drain', more);
    };
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const listed = collect(aws.bucket({ endpoint: `http://127.0.0.1:${port}` }).list('aside/'));
    await expect(listed).rejects.toMatchObject({ message: expect.stringContaining('is longer than') });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('any bytes are a page of a list or none', () => {
  const pieces = fc.constantFrom(
    ...['<ListBucketResult>', '<Contents>', '</Contents>', '<Key>', '</Key>', '<Size>', '</Size>', 'a%', '7'],
    ...['<IsTruncated>true</IsTruncated>', '<NextContinuationToken>', '</NextContinuationToken>', '&amp;', '&bad;'],
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
      const page = readListing(Buffer.from(parts.join('')));
      for (const { key, bytes: size } of page?.objects ?? []) {
        expect(typeof key).toBe('string');
        expect(Number.isSafeInteger(size)).toBe(true);
      }
    }),
    { numRuns: 2_000 },
  );
});
