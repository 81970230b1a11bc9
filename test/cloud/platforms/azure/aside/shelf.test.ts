/** What is set aside in Azure: a blob each, announced in the queue; on Azurite. */
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { describe, expect, test } from '@jest/globals';
import { bucketShelf } from '../../../../../cloud/ingest/aside/bucket-shelf.ts';
import type { AsideItem } from '../../../../../cloud/ingest/store.ts';
import { blobBucket } from '../../../../../cloud/platforms/azure/aside/blob-bucket.ts';
import { storageQueue } from '../../../../../cloud/platforms/azure/aside/storage-queue.ts';
import { collect } from '../../../../conformance/store.ts';
import { azuriteHere, azuriteWanted } from '../azurite-here.ts';

const RECEIVED = Date.UTC(2026, 2, 1, 11);
let serial = 0;

function item(key: string, bytes = 10, reason = 'not JSON'): AsideItem {
  return { key, receivedAt: RECEIVED, reason, body: new Uint8Array(bytes).fill(0xff) };
}

(azuriteWanted ? describe : describe.skip)('on Azurite', () => {
  async function start(maxBytes = 1_000) {
    serial += 1;
    const { connectionString } = await azuriteHere();
    const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient(`aside${serial}`);
    const queue = QueueServiceClient.fromConnectionString(connectionString).getQueueClient(`aside${serial}`);
    await container.create();
    await queue.create();
    const bucket = blobBucket(container);
    const shelf = bucketShelf({ bucket, queue: storageQueue(queue), maxBytes, now: () => RECEIVED });
    return { bucket, container, queue, shelf };
  }

  test('keeps items with when and why, in order of key, once, until they are dropped', async () => {
    const { shelf } = await start();
    await shelf.put([item('b'), item('a', 3, 'grüße: 日本 \u0007')]);
    await shelf.put([item('a', 5, 'another')]);
    expect(await collect(shelf.items())).toEqual([item('a', 3, 'grüße: 日本 \u0007'), item('b')]);
    expect(await shelf.usage()).toEqual({ items: 2, bytes: 13 });
    await shelf.drop(['a', 'never there']);
    expect((await collect(shelf.items())).map(({ key }) => key)).toEqual(['b']);
  });

  test('each is announced once, with reason and place, before it is kept', async () => {
    const { shelf, queue } = await start();
    await shelf.put([item('a', 3, 'grüße')]);
    await shelf.put([item('a', 3, 'grüße')]);
    const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 10 });
    const said = receivedMessageItems.map(({ messageText }) =>
      JSON.parse(Buffer.from(messageText, 'base64').toString()),
    );
    expect(said).toEqual([
      { kind: 'notification', reason: 'grüße', bucket: queue.name, key: 'aside/a', receivedAt: RECEIVED },
    ]);
  });

  test('a queue that is gone keeps things out of the container: nothing is kept in silence', async () => {
    const { shelf, queue, bucket } = await start();
    await queue.delete();
    await expect(shelf.put([item('a')])).rejects.toMatchObject({ code: 'STORE_DOWN' });
    expect(await collect(bucket.list(''))).toEqual([]);
  });

  test('a container that is gone is told, not taken for an empty one', async () => {
    const { shelf, container } = await start();
    await container.delete();
    await expect(collect(shelf.items())).rejects.toMatchObject({ code: 'STORE_DOWN' });
    await expect(shelf.put([item('a')])).rejects.toMatchObject({ code: 'STORE_DOWN' });
    await expect(shelf.drop(['a'])).rejects.toMatchObject({ code: 'STORE_DOWN' });
  });

  test('what is empty, and what somebody else put there, are read too', async () => {
    const { shelf, container } = await start();
    await shelf.put([item('empty', 0)]);
    await container.getBlockBlobClient('aside/theirs').upload('x', 1);
    const items = await collect(shelf.items());
    expect(items[0]).toEqual(item('empty', 0));
    expect(items[1]).toMatchObject({ key: 'theirs', reason: 'no reason is known' });
  });

  test('its room is bounded', async () => {
    const { shelf } = await start(20);
    await expect(shelf.put([item('a', 15), item('b', 6)])).rejects.toMatchObject({ code: 'ASIDE_FULL' });
    expect(await collect(shelf.items())).toEqual([]);
  });
});
