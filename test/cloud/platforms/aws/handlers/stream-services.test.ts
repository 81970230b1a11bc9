/** The stream function on the services' stand-ins over HTTP: our idea of what CloudWatch refuses is theirs. */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bucketShelf } from '../../../../../cloud/ingest/aside/bucket-shelf.ts';
import { openBucket } from '../../../../../cloud/platforms/aws/aside/bucket.ts';
import { failureQueue } from '../../../../../cloud/platforms/aws/aside/queue.ts';
import { readBack } from '../../../../../cloud/platforms/aws/cloudwatch/read-back.ts';
import { Deadline } from '../../../../../cloud/platforms/aws/handlers/deadline.ts';
import { streamHandler } from '../../../../../cloud/platforms/aws/handlers/stream.ts';
import { type ServedServices, serveServices } from '../../../../../cloud/platforms/aws/local/services/server.ts';
import { type AwsServices, awsServices } from '../../../../../cloud/platforms/aws/local/services/services.ts';
import { HOUR_MS, hourOf } from '../../../../../cloud/protocol/hour.ts';
import { collect } from '../../../../conformance/store.ts';
import { EIGHTEEN_SECONDS, NOW, recordingLog, recordingTally } from './invoking.ts';
import { record, type StreamRecord } from './stream-records.ts';

const NAMESPACE = 'MbedButtonPressHour';
const now = (): number => NOW;
const access = { region: 'eu-west-1', credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' } };

let services: AwsServices;
let served: ServedServices;
let client: CloudWatchClient;
let sqs: SQSClient;

beforeEach(async () => {
  const sleep = (ms: number, signal?: AbortSignal) => setTimeout(ms, undefined, signal === undefined ? {} : { signal });
  services = await awsServices({ buckets: ['shelf'], queues: ['failures'], now, sleep, newId: randomUUID });
  served = await serveServices(services);
  client = new CloudWatchClient({ ...access, endpoint: served.url });
  sqs = new SQSClient({ ...access, endpoint: served.url });
});
afterEach(async () => {
  client.destroy();
  sqs.destroy();
  await served.close();
  services.close();
});

/** Parts of one warm function: each call is an invocation. */
function streamFunction() {
  const deadline = new Deadline();
  const bucket = openBucket({
    ...{ name: 'shelf', ...access, endpoint: served.url, deadline: deadline.at, now, random: Math.random },
    pause: (ms) => setTimeout(ms),
  });
  const queue = failureQueue({ client: sqs, url: `${served.url}/000000000000/failures`, deadline: deadline.at, now });
  const shelf = (kind: 'record' | 'datum') => bucketShelf({ bucket, queue, kind, maxBytes: 1e9, now });
  const shelves = { records: shelf('record'), data: shelf('datum') };
  const cloudWatch = { client, namespace: NAMESPACE, now, deadline: deadline.at };
  const parts = { guideMetric: true, now, deadline, log: recordingLog(), tally: recordingTally() };
  const handler = streamHandler({ cloudWatch, ...shelves, ...parts });
  return { ...shelves, invoke: (Records: readonly StreamRecord[]) => handler({ Records }, EIGHTEEN_SECONDS) };
}

function shown(endpoints: readonly string[]) {
  const [from, to] = [new Date(NOW - 15 * 24 * HOUR_MS), new Date(NOW + 1)];
  return collect(readBack(client, NAMESPACE, { endpoints, from, to }));
}

test('an hour is told and read back, poison and what is too old are set aside', async () => {
  const { invoke, records, data } = streamFunction();
  const old = hourOf(NOW - 15 * 24 * HOUR_MS);
  const all = [record(1, 'a', 0, 2), record(2, 'a', 2, 'x'), record(3, 'a', 0, 1, old), record(4, 'a', 2, 5)];
  expect(await invoke(all)).toEqual({ batchItemFailures: [] });
  expect(await shown(['a'])).toEqual([{ endpoint: 'a', hour: hourOf(NOW), exact: 5, sum: 5 }]);
  expect((await collect(records.items())).map(({ key }) => key)).toEqual(['record-event-2']);
  expect(await data.usage()).toMatchObject({ items: 2 });
});

test('throttled: the batch is repeated, and both metrics are right', async () => {
  const { invoke } = streamFunction();
  const heal = services.cloudwatch.faults.fail({ kind: 'throttle', operations: ['PutMetricData'] });
  const batch = [record(1, 'a', 0, 2), record(2, 'a', 2, 5)];
  expect(await invoke(batch)).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  heal();
  expect(await invoke(batch)).toEqual({ batchItemFailures: [] });
  expect(await shown(['a'])).toMatchObject([{ exact: 5, sum: 5 }]);
});

test('whatever the name: it is told, or set aside without a request that is refused', async () => {
  const unit = fc.constantFrom(...' ~:/"\\aZ9', '\u007f', 'é', '日', '\u00a0');
  const name = fc.oneof(
    fc.string({ unit, minLength: 1, maxLength: 6 }),
    fc.constantFrom('x'.repeat(255), 'x'.repeat(256), 'x'.repeat(1_024), 'x'.repeat(1_025), ':', ' ', '  a'),
  );
  const { invoke } = streamFunction();
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), async (names) => {
      const before = services.cloudwatch.faults.calls('PutMetricData');
      const batch = names.map((endpoint, index) => record(index + 1, endpoint, 0, 1));
      expect(await invoke(batch)).toEqual({ batchItemFailures: [] });
      expect(services.cloudwatch.faults.calls('PutMetricData') - before).toBeLessThanOrEqual(2);
    }),
    { numRuns: 30 },
  );
});
