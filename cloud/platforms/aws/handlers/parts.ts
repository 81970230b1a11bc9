/** What the functions are put together from: made once, and kept while the function is warm. */
import { randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Bucket } from '../../../ingest/aside/bucket.ts';
import { bucketShelf } from '../../../ingest/aside/bucket-shelf.ts';
import type { AsideKind, FailureQueue } from '../../../ingest/aside/failure-queue.ts';
import type { Shelf } from '../../../ingest/aside/shelf.ts';
import type { Store } from '../../../ingest/store.ts';
import { openBucket } from '../aside/bucket.ts';
import { failureQueue } from '../aside/queue.ts';
import { newDynamoClient } from '../store/client.ts';
import { openDynamoStore } from '../store/store.ts';
import type { Deadline } from './deadline.ts';
import type { AsideSettings, CountingSettings } from './environment.ts';

/** Milliseconds for a connection, and for an answer. */
export const REQUEST_HANDLER = { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true };

/** Shelves in the one bucket, of the kind that is asked for. */
export function shelves(settings: AsideSettings, deadline: Deadline): (kind: AsideKind) => Shelf {
  const sqs = new SQSClient({ requestHandler: REQUEST_HANDLER });
  const queue: FailureQueue = failureQueue({
    ...{ client: sqs, url: settings.queueUrl, deadline: deadline.at, now: Date.now },
  });
  const { region, credentials } = sqs.config;
  const bucket: Bucket = openBucket({
    ...{ name: settings.bucket, region, credentials, deadline: deadline.at },
    ...{ now: Date.now, random: () => randomInt(2 ** 32) / 2 ** 32, pause: (ms) => setTimeout(ms) },
    ...(settings.s3Endpoint === undefined ? {} : { endpoint: settings.s3Endpoint }),
  });
  return (kind) => bucketShelf({ bucket, queue, kind, maxBytes: settings.maxAsideBytes, now: Date.now });
}

/** The store of the functions that count. */
export function countingStore(settings: CountingSettings, deadline: Deadline): Store {
  const shelf = shelves(settings, deadline)('notification');
  const { table } = settings;
  return openDynamoStore({ client: newDynamoClient(), table, shelf, now: Date.now, deadline: deadline.at });
}
