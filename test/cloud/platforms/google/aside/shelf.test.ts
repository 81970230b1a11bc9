/** What is set aside in Google Cloud: an object each, announced in Pub/Sub; on our stand-in of Cloud Storage and Google's emulator. */
import { type ClientConfig, PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PassThroughClient } from 'google-auth-library';
import { bucketShelf } from '../../../../../cloud/ingest/aside/bucket-shelf.ts';
import type { AsideItem } from '../../../../../cloud/ingest/store.ts';
import { pubsubQueue } from '../../../../../cloud/platforms/google/aside/pubsub-queue.ts';
import { storageBucket } from '../../../../../cloud/platforms/google/aside/storage-bucket.ts';
import { serveStorage } from '../../../../../cloud/platforms/google/local/storage/serve.ts';
import { collect } from '../../../../conformance/store.ts';
import { newProject, pubsubHere, pubsubWanted } from '../emulators-here.ts';

const RECEIVED = Date.UTC(2026, 2, 1, 11);
let served: Awaited<ReturnType<typeof serveStorage>>;
beforeEach(async () => {
  served = await serveStorage({ buckets: ['aside'], now: () => RECEIVED });
});
afterEach(() => served.close());

const bucketNamed = (name: string) =>
  storageBucket(
    new Storage({ projectId: 'test', apiEndpoint: served.url, retryOptions: { maxRetries: 0 } }).bucket(name),
  );

function item(key: string, bytes = 10, reason = 'not JSON'): AsideItem {
  return { key, receivedAt: RECEIVED, reason, body: new Uint8Array(bytes).fill(0xff) };
}

test('keeps items with when and why, in order of key, once, until they are dropped', async () => {
  const shelf = bucketShelf({ bucket: bucketNamed('aside'), maxBytes: 1_000, now: () => RECEIVED });
  await shelf.put([item('b'), item('a', 3, 'grüße: 日本 \u0007'), item('empty', 0)]);
  await shelf.put([item('a', 5, 'another')]);
  expect(await collect(shelf.items())).toEqual([item('a', 3, 'grüße: 日本 \u0007'), item('b'), item('empty', 0)]);
  expect(await shelf.usage()).toEqual({ items: 3, bytes: 13 });
  await shelf.drop(['a', 'never there']);
  expect((await collect(shelf.items())).map(({ key }) => key)).toEqual(['b', 'empty']);
  await expect(shelf.put([item('c', 1_000)])).rejects.toMatchObject({ code: 'ASIDE_FULL' });
});

test('an object that is there stays; one that is not is undefined; a listing has more than a page', async () => {
  const bucket = bucketNamed('aside');
  expect(await bucket.put('x', new Uint8Array([1]), {})).toBe(true);
  expect(await bucket.put('x', new Uint8Array([2]), {})).toBe(false);
  expect((await bucket.get('x'))?.body).toEqual(new Uint8Array([1]));
  expect(await bucket.get('y')).toBeUndefined();
  for (let at = 0; at < 1_005; at += 15) {
    await Promise.all(Array.from({ length: 15 }, (_, index) => bucket.put(`many/${at + index}`, new Uint8Array(), {})));
  }
  expect(await collect(bucket.list('many/'))).toHaveLength(1_005);
});

test('a bucket that is not there, and a service that is down, are told', async () => {
  const down = { code: 'STORE_DOWN' };
  const none = bucketNamed('none');
  await expect(none.put('x', new Uint8Array([1]), {})).rejects.toMatchObject(down);
  await expect(collect(none.list(''))).rejects.toMatchObject(down);
});

(pubsubWanted ? describe : describe.skip)("with Google's emulator of Pub/Sub", () => {
  async function queues() {
    const { host } = await pubsubHere();
    const authClient = new PassThroughClient() as unknown as NonNullable<ClientConfig['authClient']>;
    return new PubSub({ projectId: newProject(), apiEndpoint: host, emulatorMode: true, authClient });
  }

  test('each is announced once, with reason and place', async () => {
    const pubsub = await queues();
    const [topic] = await pubsub.createTopic('failures');
    const [subscription] = await topic.createSubscription('failures');
    const shelf = bucketShelf({
      ...{ bucket: bucketNamed('aside'), queue: pubsubQueue(topic), maxBytes: 1_000, now: () => RECEIVED },
    });
    const said: unknown[] = [];
    const twice = new Promise<void>((resolve) => {
      subscription.on('message', (message) => {
        message.ack();
        said.push(JSON.parse(message.data.toString()));
        if (said.length === 2) resolve();
      });
    });
    await shelf.put([item('a', 3, 'grüße')]);
    await shelf.put([item('a', 3, 'grüße')]);
    await shelf.put([item('b')]);
    await twice;
    const notice = { kind: 'notification', bucket: 'aside', receivedAt: RECEIVED };
    // Pub/Sub promises no order.
    const [first, second] = [
      { ...notice, reason: 'grüße', key: 'aside/a' },
      { ...notice, reason: 'not JSON', key: 'aside/b' },
    ];
    expect(said).toHaveLength(2);
    expect(said).toEqual(expect.arrayContaining([first, second]));
    await subscription.close();
    await pubsub.close();
  });

  test('a topic that is gone keeps things out of the bucket: nothing is kept in silence', async () => {
    const pubsub = await queues();
    const bucket = bucketNamed('aside');
    const queue = pubsubQueue(pubsub.topic('never-made'));
    const shelf = bucketShelf({ bucket, queue, maxBytes: 1_000, now: () => RECEIVED });
    await expect(shelf.put([item('a')])).rejects.toMatchObject({ code: 'STORE_DOWN' });
    expect(await collect(bucket.list(''))).toEqual([]);
    await pubsub.close();
  });
});
