/** The stand-in for Cloud Storage, asked by Google's own client and by hand. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bucket, Storage } from '@google-cloud/storage';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Served } from '../../../../../cloud/platforms/google/local/http.ts';
import { Refusal } from '../../../../../cloud/platforms/google/local/refusal.ts';
import { crc32c } from '../../../../../cloud/platforms/google/local/storage/crc32c.ts';
import { readMultipart } from '../../../../../cloud/platforms/google/local/storage/multipart.ts';
import { serveStorage } from '../../../../../cloud/platforms/google/local/storage/serve.ts';

let served: Served;
let bucket: Bucket;
const NOW = Date.UTC(2026, 10, 25, 12);

const clientOf = (url: string): Storage =>
  new Storage({ apiEndpoint: url, projectId: 'p', retryOptions: { autoRetry: false } });

beforeEach(async () => {
  served = await serveStorage({ now: () => NOW, buckets: ['shelf'] });
  bucket = clientOf(served.url).bucket('shelf');
});
afterEach(() => served.close());

const status = (code: number) => expect.objectContaining({ code });
/** A key with signs that addresses must not take for their own. */
const KEY = 'aside/a b%2F?#é😀+&=.json';

describe("Google's client", () => {
  test.each([
    ['in one request', false],
    ['resumable', true],
  ])('saves and gets bytes, %s', async (_how, resumable) => {
    const body = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    const metadata = { contentType: 'application/json', metadata: { reason: 'no JSON', 'received-at': '17' } };
    await bucket.file(KEY).save(body, { resumable, metadata });
    const [found] = await bucket.file(KEY).download();
    expect(found.equals(body)).toBe(true);
    const [head] = await bucket.file(KEY).getMetadata();
    expect(head).toMatchObject({
      name: KEY,
      size: '300000',
      contentType: 'application/json',
      metadata: metadata.metadata,
    });
    expect(head.timeCreated).toBe(new Date(NOW).toISOString());
  });

  test('an object that is to be new is kept as it was', async () => {
    const save = (text: string) =>
      bucket.file('a').save(text, { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
    await save('first');
    await expect(save('second')).rejects.toEqual(status(412));
    expect(String((await bucket.file('a').download())[0])).toBe('first');
  });

  test('without such a condition the newer one replaces the older', async () => {
    for (const text of ['first', 'second']) await bucket.file('a').save(text, { resumable: false });
    expect(String((await bucket.file('a').download())[0])).toBe('second');
  });

  test('lists by prefix, in order, page by page', async () => {
    const keys = ['b', 'a/2', 'a/10', 'a/1', 'a/é', 'c/1'];
    for (const key of keys) await bucket.file(key).save(key, { resumable: false });
    const [first, next] = await bucket.getFiles({ prefix: 'a/', maxResults: 2, autoPaginate: false });
    expect(first.map(({ name }) => name)).toEqual(['a/1', 'a/10']);
    const [rest] = await bucket.getFiles({ ...next, autoPaginate: false });
    expect(rest.map(({ name }) => name)).toEqual(['a/2', 'a/é']);
    expect((await bucket.getFiles())[0].map(({ name }) => name)).toEqual(['a/1', 'a/10', 'a/2', 'a/é', 'b', 'c/1']);
    expect((await bucket.getFiles({ prefix: 'a_' }))[0]).toEqual([]);
  });

  test('deletes, and says 404 for what is not there', async () => {
    await bucket.file('a').save('x', { resumable: false });
    await bucket.file('a').delete();
    for (const ask of [
      () => bucket.file('a').delete(),
      () => bucket.file('a').download(),
      () => bucket.file('a').getMetadata(),
    ]) {
      await expect(ask()).rejects.toEqual(status(404));
    }
    const storage = clientOf(served.url);
    await expect(storage.bucket('other').file('a').save('x', { resumable: false })).rejects.toEqual(status(404));
  });

  test('makes a bucket once', async () => {
    const storage = clientOf(served.url);
    await storage.createBucket('another');
    await expect(storage.createBucket('another')).rejects.toEqual(status(409));
    expect(await storage.bucket('another').exists()).toEqual([true]);
  });
});

test('a resumable upload in pieces, of which one was lost', async () => {
  const begin = `${served.url}/upload/storage/v1/b/shelf/o?uploadType=resumable&name=a`;
  const { headers } = await fetch(begin, { method: 'POST', body: JSON.stringify({ metadata: { k: 'v' } }) });
  const address = headers.get('location')!;
  const put = (range: string, body?: string) =>
    fetch(address, { method: 'PUT', headers: { 'content-range': range }, ...(body === undefined ? {} : { body }) });
  expect((await put('bytes 0-2/*', 'abc')).status).toBe(308);
  expect((await put('bytes 5-6/7', 'fg')).status).toBe(400);
  expect((await put('bytes */7')).headers.get('range')).toBe('bytes=0-2');
  expect(await (await put('bytes 3-6/7', 'defg')).json()).toMatchObject({ size: '7', metadata: { k: 'v' } });
  expect(await (await fetch(`${served.url}/download/storage/v1/b/shelf/o/a?alt=media`)).text()).toBe('abcdefg');
  expect((await put('bytes 0-6/7', 'abcdefg')).status).toBe(404);
});

test('addressed without a version, as the variable for emulators has it', async () => {
  await bucket.file('a/b').save('x', { resumable: false });
  expect(await (await fetch(`${served.url}/b/shelf/o/a%2Fb?alt=media`)).text()).toBe('x');
});

test('media: the body is the object', async () => {
  const address = `${served.url}/upload/storage/v1/b/shelf/o?uploadType=media&name=a%20b`;
  const headers = { 'content-type': 'text/plain' };
  expect((await fetch(address, { method: 'POST', headers, body: 'abc' })).status).toBe(200);
  const media = await fetch(`${served.url}/storage/v1/b/shelf/o/a%20b?alt=media`);
  expect([media.headers.get('content-type'), await media.text()]).toEqual(['text/plain', 'abc']);
});

test.each([
  ['GET', '/', 404],
  ['GET', '/storage/v1/b/shelf/o?delimiter=/', 501],
  ['GET', '/storage/v1/b/shelf/o?maxResults=x', 400],
  ['GET', '/storage/v1/b/shelf/o/%ff', 400],
  ['PATCH', '/storage/v1/b/shelf/o/a', 404],
  ['POST', '/upload/storage/v1/b/shelf/o?uploadType=media', 400],
  ['POST', '/upload/storage/v1/b/shelf/o?uploadType=other&name=a', 400],
  ['POST', '/upload/storage/v1/b/shelf/o?uploadType=multipart&name=a', 400],
  ['POST', '/upload/storage/v1/b/shelf/o?uploadType=media&name=a&ifGenerationMatch=x', 400],
  ['POST', '/storage/v1/b', 400],
])('%s %s: %i', async (method, path, expected) => {
  const answer = await fetch(`${served.url}${path}`, { method, ...(method === 'POST' ? { body: '{}' } : {}) });
  expect(answer.status).toBe(expected);
});

test('what is in a folder is there the next time, for its owner alone', async () => {
  const folder = join(await mkdtemp(join(tmpdir(), 'mts-storage-')), 'deep');
  try {
    for (const text of ['first', 'again']) {
      const here = await serveStorage({ now: () => NOW, folder, buckets: ['shelf'] });
      const file = clientOf(here.url).bucket('shelf').file('a');
      if (text === 'first') await file.save('x', { resumable: false });
      expect(String((await file.download())[0])).toBe('x');
      await here.close();
    }
    expect((await stat(join(folder, 'storage.sqlite'))).mode & 0o777).toBe(0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

// RFC 3720 appendix B.4.
test.each([
  ['32 zeros', Buffer.alloc(32), 'aa36918a'],
  ['32 ones', Buffer.alloc(32, 0xff), '43aba862'],
  ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, index) => index)), '4e79dd46'],
])('CRC-32C of %s', (_what, bytes, littleEndian) => {
  const expected = Buffer.from(littleEndian, 'hex').reverse();
  expect(crc32c(bytes)).toBe(expected.toString('base64'));
});

test('a multipart body gives two parts or is refused, whatever is in it', () => {
  const piece = fc.constantFrom(
    '--b',
    '--b--',
    '\r\n',
    '\r\n\r\n',
    '{}',
    '{"name":"a"}',
    'content-type: x/y',
    'é',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      try {
        const { resource, content } = readMultipart('multipart/related; boundary=b', Buffer.from(pieces.join('')));
        expect(resource).toBeInstanceOf(Object);
        expect(content).toBeInstanceOf(Uint8Array);
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a multipart body keeps every byte of its content', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (content) => {
      const head = '--b\r\ncontent-type: application/json\r\n\r\n{"name":"a"}\r\n--b\r\ncontent-type: x/y\r\n\r\n';
      const body = Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n--b--\r\n')]);
      const read = readMultipart('multipart/related; boundary="b"', body);
      expect([Buffer.from(read.content), read.contentType]).toEqual([Buffer.from(content), 'x/y']);
    }),
  );
});
