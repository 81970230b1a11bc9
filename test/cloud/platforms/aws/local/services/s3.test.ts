/** What who keeps objects relies on, over HTTP: the same of objects in memory and in a folder. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fileNameOf, keyOf } from '../../../../../../cloud/platforms/aws/local/services/s3/file-name.ts';
import { BUCKET, NOON, type Served, SIGNED, serve } from './served.ts';

const ODD_KEYS = [
  'aside/0123abcd',
  'aside',
  'a b+c&d<e>"f\'',
  '../../../../etc/passwd',
  '..',
  '.',
  '.metadata',
  'a//b',
  '/leading',
  'trailing/',
  'Capital',
  'capital',
  'ümläut/板/🙂',
  'x'.repeat(1_024),
  `${'x'.repeat(1_023)}y`,
  'a\nb\u0001c',
  '%2e%2e%2f',
  'con~1',
];

describe.each(['memory', 'a folder'])('objects in %s', (where) => {
  let served: Served;
  let dir: string | undefined;

  beforeAll(async () => {
    dir = where === 'memory' ? undefined : mkdtempSync(join(tmpdir(), 'mts-s3-'));
    served = await serve(dir);
  });

  afterAll(async () => {
    await served.stop();
    if (dir !== undefined) rmSync(dir, { recursive: true });
  });

  const at = (key: string, bucket = BUCKET) => `${bucket}/${encodeURIComponent(key).replaceAll('%2F', '/')}`;

  async function keysOf(query = ''): Promise<string[]> {
    const xml = await (await served.s3('GET', `${BUCKET}?list-type=2${query}`)).text();
    return [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key!);
  }

  async function empty(): Promise<void> {
    for (const key of await keysOf('&encoding-type=url')) await served.s3('DELETE', `${BUCKET}/${key}`);
  }

  test('an object is put, read with what was said of it, and deleted', async () => {
    const body = new Uint8Array([0, 255, 10, 13, 128]);
    const metadata = { 'x-amz-meta-received-at': '1772366400000', 'x-amz-meta-reason': 'not%20JSON' };
    const put = await served.s3('PUT', at('k'), body, { 'content-type': 'application/json', ...metadata });
    expect([put.status, put.headers.get('etag')]).toEqual([200, '"9e1daf0b7f744ffd0870b4bb64237f10"']);
    for (const method of ['GET', 'HEAD']) {
      const read = await served.s3(method, at('k'));
      expect([read.status, Object.fromEntries(read.headers)]).toMatchObject([
        200,
        {
          ...metadata,
          'content-type': 'application/json',
          'content-length': '5',
          etag: '"9e1daf0b7f744ffd0870b4bb64237f10"',
          'last-modified': new Date(NOON).toUTCString(),
        },
      ]);
      expect(new Uint8Array(await read.arrayBuffer())).toEqual(method === 'GET' ? body : new Uint8Array());
    }
    expect((await served.s3('DELETE', at('k'))).status).toBe(204);
    expect((await served.s3('DELETE', at('k'))).status).toBe(204);
    const gone = await served.s3('GET', at('k'));
    expect([gone.status, await gone.text()]).toEqual([404, expect.stringContaining('<Code>NoSuchKey</Code>')]);
    expect((await served.s3('HEAD', at('k'))).status).toBe(404);
  });

  test('an object is replaced; with If-None-Match: * it stays, and one of many at once wins', async () => {
    const once = { 'if-none-match': '*' };
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => served.s3('PUT', at('once'), `${i}`, { ...once, 'x-amz-meta-who': `${i}` })),
    );
    const winner = answers.findIndex(({ status }) => status === 200);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(412)]);
    expect(await answers.find(({ status }) => status === 412)?.text()).toContain('<Code>PreconditionFailed</Code>');
    const kept = await served.s3('GET', at('once'));
    expect([kept.headers.get('x-amz-meta-who'), await kept.text()]).toEqual([`${winner}`, `${winner}`]);
    expect((await served.s3('PUT', at('once'), 'new')).status).toBe(200);
    expect(await (await served.s3('GET', at('once'))).text()).toBe('new');
  });

  test('every key is its own, whatever its characters; the list is in order of bytes', async () => {
    await empty();
    for (const key of ODD_KEYS) expect((await served.s3('PUT', at(key), key)).status).toBe(200);
    for (const key of ODD_KEYS) expect(await (await served.s3('GET', at(key))).text()).toBe(key);
    const listed = (await keysOf('&encoding-type=url')).map(decodeURIComponent);
    expect(listed).toEqual([...ODD_KEYS].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    const plain = await keysOf('&prefix=a');
    expect(plain).toEqual(['a\nb&#x1;c', "a b+c&amp;d&lt;e&gt;&quot;f'", 'a//b', 'aside', 'aside/0123abcd']);
  });

  test('pages of the list add up to the whole', async () => {
    await empty();
    const keys = Array.from({ length: 25 }, (_, i) => `aside/${String(i).padStart(3, '0')}`);
    for (const key of [...keys, 'other']) await served.s3('PUT', at(key), key);
    const found: string[] = [];
    let token: string | undefined = '';
    let pages = 0;
    do {
      const next = token === '' ? '' : `&continuation-token=${token}`;
      const answer = await served.s3('GET', `${BUCKET}/?list-type=2&prefix=aside%2F&max-keys=10${next}`);
      const xml = await answer.text();
      found.push(...[...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key!));
      token = /<NextContinuationToken>([^<]+)</.exec(xml)?.[1];
      expect(xml).toContain(`<IsTruncated>${token !== undefined}</IsTruncated>`);
      expect(xml).toContain('<Size>9</Size>');
      pages += 1;
    } while (token !== undefined);
    expect([pages, found]).toEqual([3, keys]);
    expect(await keysOf('&start-after=aside/023')).toEqual(['aside/024', 'other']);
    expect(await keysOf('&max-keys=0')).toEqual([]);
  });

  test('a list has a thousand keys at most', async () => {
    await empty();
    const keys = Array.from({ length: 1_001 }, (_, i) => `k${i}`);
    const { objects } = served.services.s3;
    const object = { body: new Uint8Array(), etag: '', size: 0, modifiedAt: 0, contentType: '', metadata: {} };
    await Promise.all(keys.map((key) => objects.put(BUCKET, key, object, false)));
    expect(await keysOf('&max-keys=5000')).toHaveLength(1_000);
    await Promise.all(keys.map((key) => objects.delete(BUCKET, key)));
  });

  test('a bucket is made once', async () => {
    expect((await served.s3('HEAD', 'new-bucket')).status).toBe(404);
    expect((await served.s3('PUT', 'new-bucket')).status).toBe(200);
    expect((await served.s3('PUT', 'new-bucket')).status).toBe(409);
    expect((await served.s3('HEAD', 'new-bucket')).status).toBe(200);
  });

  test.each<[string, string, string, Record<string, string>, number, string]>([
    ['an unknown bucket', 'PUT', 'no-such-bucket/k', {}, 404, 'NoSuchBucket'],
    ['a list of an unknown bucket', 'GET', 'no-such-bucket?list-type=2', {}, 404, 'NoSuchBucket'],
    ['a bucket name that cannot be', 'GET', 'No_Bucket?list-type=2', {}, 400, 'InvalidBucketName'],
    ['a bucket name that leads elsewhere', 'GET', '%2e%2e%2fetc/passwd', {}, 400, 'InvalidBucketName'],
    ['a key of 1,025 bytes', 'PUT', `${BUCKET}/${'x'.repeat(1_025)}`, {}, 400, 'KeyTooLongError'],
    ['a path that is not encoded', 'GET', `${BUCKET}/%ff`, {}, 400, 'InvalidURI'],
    ['no signature', 'GET', `${BUCKET}/k`, { authorization: '' }, 403, 'AccessDenied'],
    ['another digest', 'PUT', `${BUCKET}/k`, { 'x-amz-content-sha256': '0' }, 400, 'XAmzContentSHA256Mismatch'],
    ['another MD5', 'PUT', `${BUCKET}/k`, { 'content-md5': 'AAAA' }, 400, 'BadDigest'],
    ['chunks', 'PUT', `${BUCKET}/k`, { 'x-amz-content-sha256': 'STREAMING-AWS4' }, 501, 'NotImplemented'],
    ['another condition', 'PUT', `${BUCKET}/k`, { 'if-none-match': '"etag"' }, 501, 'NotImplemented'],
    ['much metadata', 'PUT', `${BUCKET}/k`, { 'x-amz-meta-a': 'x'.repeat(2_048) }, 400, 'MetadataTooLarge'],
    ['a part', 'PUT', `${BUCKET}/k?partNumber=1&uploadId=2`, {}, 501, 'NotImplemented'],
    ['another method', 'POST', `${BUCKET}/k`, {}, 405, 'MethodNotAllowed'],
    ['the service itself', 'GET', '', {}, 501, 'NotImplemented'],
    ['the older list', 'GET', BUCKET, {}, 501, 'NotImplemented'],
    ['a delimiter', 'GET', `${BUCKET}?list-type=2&delimiter=/`, {}, 501, 'NotImplemented'],
    ['max-keys that is no number', 'GET', `${BUCKET}?list-type=2&max-keys=-1`, {}, 400, 'InvalidArgument'],
    ['a token that is none', 'GET', `${BUCKET}?list-type=2&continuation-token=%25`, {}, 400, 'InvalidArgument'],
  ])('%s: refused', async (_what, method, path, headers, status, code) => {
    const answer = await served.s3(method, path, method === 'PUT' ? 'body' : undefined, headers);
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(`<Code>${code}</Code>`)]);
    expect(answer.headers.get('content-type')).toBe('application/xml');
  });

  test('a request without the digest is refused, as S3 does', async () => {
    const answer = await fetch(`${served.url}/${BUCKET}/k`, { headers: SIGNED });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('x-amz-content-sha256')]);
  });

  test('an object of more than 64 MiB is refused', async () => {
    const answer = await served.s3('PUT', at('big'), new Uint8Array(64 * 1024 ** 2 + 1));
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('EntityTooLarge')]);
  });
});

test('in a folder, objects are plain files of their owner; nothing is written beside it', async () => {
  const above = mkdtempSync(join(tmpdir(), 'mts-s3-'));
  const dir = join(above, 'data');
  const served = await serve(dir);
  try {
    for (const key of ODD_KEYS) {
      await served.s3('PUT', `${BUCKET}/${encodeURIComponent(key).replaceAll('%2F', '/')}`, key);
    }
    expect(readdirSync(above)).toEqual(['data']);
    const bucket = join(dir, 'buckets', BUCKET);
    expect(readdirSync(join(dir, 'buckets'))).toEqual([BUCKET]);
    expect(readFileSync(join(bucket, 'aside%2f0123abcd'), 'utf8')).toBe('aside/0123abcd');
    const modes = readdirSync(dir, { recursive: true, withFileTypes: true }).map((entry) => {
      const { mode } = statSync(join(entry.parentPath, entry.name));
      return `${entry.isDirectory() ? 'folder' : 'file'} ${(mode & 0o777).toString(8)}`;
    });
    expect(new Set(modes)).toEqual(new Set(['folder 700', 'file 600']));
    writeFileSync(join(bucket, 'by-hand'), 'hello');
    const found = await served.s3('GET', `${BUCKET}/by-hand`);
    expect([await found.text(), found.headers.get('etag')]).toEqual(['hello', '"5d41402abc4b2a76b9719d911017c592"']);
  } finally {
    await served.stop();
    rmSync(above, { recursive: true });
  }
});

test('no two keys have one file, and a name that says its key says it rightly', () => {
  const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 400 });
  fc.assert(
    fc.property(key, key, (a, b) => {
      const name = fileNameOf(a);
      expect(name).toMatch(/^(?!\.)[a-z0-9_.%~-]{1,180}$/);
      expect(keyOf(name) ?? a).toBe(a);
      if (a !== b) expect(fileNameOf(b)).not.toBe(name);
    }),
    { numRuns: 2_000 },
  );
});
