/** The shelf in a bucket with its failure queue: what the store on AWS relies on when it sets something aside. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HttpResponse } from 'msw';
import { type BucketShelfOptions, bucketShelf } from '../../../../../cloud/ingest/aside/bucket-shelf.ts';
import type { Shelf } from '../../../../../cloud/ingest/aside/shelf.ts';
import type { AsideItem } from '../../../../../cloud/ingest/store.ts';
import { collect } from '../../../../conformance/store.ts';
import { FakeAws, jsonError, s3Error } from '../http/fake-aws.ts';

let aws: FakeAws;
let now: number;
beforeEach(() => {
  aws = new FakeAws().start();
  now = Date.UTC(2026, 2, 1, 12);
});
afterEach(() => aws.stop());

const RECEIVED = Date.UTC(2026, 2, 1, 11);

function shelf(options: Partial<BucketShelfOptions> = {}): Shelf {
  return bucketShelf({ bucket: aws.bucket(), queue: aws.queue(), maxBytes: 1_000, now: () => now, ...options });
}

function item(key: string, bytes = 10, reason = 'not JSON'): AsideItem {
  return { key, receivedAt: RECEIVED, reason, body: new Uint8Array(bytes).fill(0xff) };
}

test('keeps items with when and why, in order of key, until they are dropped', async () => {
  const one = shelf();
  await one.put([item('b'), item('a', 3, 'grüße: 日本 \u0007')]);
  expect(await collect(one.items())).toEqual([item('a', 3, 'grüße: 日本 \u0007'), item('b')]);
  expect(await one.usage()).toEqual({ items: 2, bytes: 13 });
  await one.drop(['a', 'never there']);
  expect((await collect(shelf().items())).map(({ key }) => key)).toEqual(['b']);
});

test('each is announced in the failure queue, with the reason and the key, before it is kept', async () => {
  await shelf().put([item('a', 3, 'grüße \ufffe'), item('b')]);
  expect(aws.messages).toEqual([
    { kind: 'notification', reason: 'grüße \ufffe', bucket: 'shelf', key: 'aside/a', receivedAt: RECEIVED },
    { kind: 'notification', reason: 'not JSON', bucket: 'shelf', key: 'aside/b', receivedAt: RECEIVED },
  ]);
  const steps = aws.seen.map(({ what }) => what).filter((what) => what !== 'GET');
  expect(steps).toEqual(['SendMessageBatch', 'PUT', 'PUT']);
  // SQS refuses a message with characters that XML does not have.
  expect(aws.asked('sqs')[0]?.body.toString()).toMatch(/^[ -~]*$/);
});

test('the same again, in one call, another call or another function: kept once, announced once', async () => {
  await shelf().put([item('a'), item('a')]);
  await shelf().put([item('a'), item('b')]);
  expect(aws.messages.map(({ key }) => key)).toEqual(['aside/a', 'aside/b']);
  expect(aws.objects.size).toBe(2);
});

test('a thousand elements of one body are looked up together', async () => {
  const items = Array.from({ length: 1_000 }, (_, index) => item(`${'0'.repeat(32)}-${index}`, 1));
  await shelf().put(items);
  expect(aws.objects.size).toBe(1_000);
  expect(aws.messages).toHaveLength(1_000);
  expect(aws.asked('s3', 'GET')).toHaveLength(2);
  await shelf().put(items);
  expect(aws.messages).toHaveLength(1_000);
});

test.each([
  ['the bucket', 's3'],
  ['the failure queue', 'sqs'],
] as const)(
  '%s is down: nothing is kept in silence, and the next try keeps and announces it',
  async (_what, service) => {
    const one = shelf();
    aws.before = (seen) => {
      if (seen.service !== service || seen.what === 'GET') return undefined;
      return service === 's3' ? s3Error(503, 'SlowDown') : jsonError(503, 'ServiceUnavailable');
    };
    await expect(one.put([item('a')])).rejects.toMatchObject({ code: 'STORE_DOWN' });
    expect(aws.objects.size).toBe(0);
    aws.before = () => undefined;
    await one.put([item('a')]);
    expect([...aws.objects.keys()]).toEqual(['aside/a']);
    expect(aws.messages.at(-1)).toMatchObject({ key: 'aside/a' });
  },
);

test('an object whose answer was lost is there, and was announced', async () => {
  let lost = false;
  aws.before = ({ service, what, url, body }) => {
    if (service !== 's3' || what !== 'PUT' || lost) return undefined;
    lost = true;
    aws.objects.set(decodeURIComponent(url.pathname.replace('/shelf/', '')), { body, labels: {} });
    return HttpResponse.error();
  };
  await shelf().put([item('a')]);
  expect(aws.messages).toHaveLength(1);
  expect([...aws.objects.keys()]).toEqual(['aside/a']);
});

test('messages that SQS refuses of a batch are sent again, and if they stay refused the item is not kept', async () => {
  aws.before = ({ service, body }) => {
    if (service !== 'sqs') return undefined;
    const { Entries } = JSON.parse(body.toString()) as { Entries: { Id: string }[] };
    const Failed = Entries.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false }));
    return HttpResponse.json({ Successful: [], Failed });
  };
  await expect(shelf().put([item('a')])).rejects.toMatchObject({ code: 'STORE_DOWN' });
  expect(aws.asked('sqs')).toHaveLength(3);
  expect(aws.objects.size).toBe(0);
});

test('beyond its bytes nothing of the call is kept, or announced; what is there already needs no room', async () => {
  const one = shelf({ maxBytes: 100 });
  await one.put([item('a', 60)]);
  await expect(one.put([item('b', 10), item('c', 31)])).rejects.toMatchObject({ code: 'ASIDE_FULL' });
  await one.put([item('a', 60)]);
  await one.put([item('d', 40)]);
  expect([...aws.objects.keys()]).toEqual(['aside/a', 'aside/d']);
  expect(aws.messages).toHaveLength(2);
});

test('so are its objects', async () => {
  const one = shelf({ maxItems: 2 });
  await one.put([item('a', 0)]);
  await expect(one.put([item('b', 0), item('c', 0)])).rejects.toMatchObject({ code: 'ASIDE_FULL' });
  await one.put([item('b', 0)]);
});

test('what another put counts when the time is up, what another dropped at once', async () => {
  const [one, other] = [shelf({ maxBytes: 100 }), shelf({ maxBytes: 100 })];
  await one.put([item('a', 10)]);
  await other.put([item('b', 80)]);
  now += 60_000;
  await expect(one.put([item('c', 20)])).rejects.toMatchObject({ code: 'ASIDE_FULL' });
  await other.drop(['b']);
  await one.put([item('c', 20)]);
});

test('the bucket is listed whole once a minute, not for each item', async () => {
  const one = shelf();
  for (const key of ['a', 'b', 'c']) await one.put([item(key)]);
  const whole = aws.asked('s3', 'GET').filter(({ url }) => url.searchParams.get('prefix') === 'aside/');
  expect(whole).toHaveLength(1);
});

test('records and data lie beside messages, share the room, and are listed apart', async () => {
  const [messages, records] = [shelf(), shelf({ kind: 'record' })];
  await messages.put([item('a')]);
  await records.put([item('record-1')]);
  await shelf({ kind: 'datum' }).put([item('datum-1')]);
  expect((await collect(messages.items())).map(({ key }) => key)).toEqual(['a']);
  expect((await collect(records.items())).map(({ key }) => key)).toEqual(['record-1']);
  expect(await messages.usage()).toEqual({ items: 1, bytes: 10 });
  expect(aws.messages.map(({ kind }) => kind)).toEqual(['notification', 'record', 'datum']);
  await expect(shelf({ maxBytes: 39 }).put([item('b')])).rejects.toMatchObject({ code: 'ASIDE_FULL' });
});

test('dropped while it is listed: it is left out', async () => {
  const one = shelf();
  await one.put([item('a'), item('b'), item('c')]);
  const keys: string[] = [];
  for await (const { key } of one.items()) {
    keys.push(key);
    await one.drop(['b']);
  }
  expect(keys).toEqual(['a', 'c']);
});

test('what somebody else put there is listed too', async () => {
  aws.objects.set('aside/by hand', { body: Buffer.from('x'), labels: { 'x-amz-meta-reason': '%' } });
  const [found] = await collect(shelf().items());
  expect(found).toMatchObject({ key: 'by hand', reason: '%', receivedAt: RECEIVED + 3_600_000 });
});

test('any reason fits into what S3 keeps beside an object, and is read back as far as it fits', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 3_000, size: 'max' }), async (reason) => {
      aws.objects.clear();
      const one = shelf({ maxBytes: 1_000 });
      await one.put([item('a', 1, reason)]);
      const [found] = await collect(one.items());
      const label = aws.objects.get('aside/a')?.labels['x-amz-meta-reason'] ?? '';
      expect(label).toMatch(/^[!-~]{0,1500}$/);
      expect(reason.toWellFormed().startsWith(found?.reason ?? '?')).toBe(true);
      if (encodeURIComponent(reason.toWellFormed()).length <= 1_500) expect(found?.reason).toBe(reason.toWellFormed());
    }),
    { numRuns: 30 },
  );
});
