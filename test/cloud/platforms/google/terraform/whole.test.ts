/** Both functions as they are deployed, against Google's emulators and our stand-ins: pressed, swept, in the graph. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PassThroughClient } from 'google-auth-library';
import type { Served } from '../../../../../cloud/platforms/google/local/http.ts';
import { serveMonitoring } from '../../../../../cloud/platforms/google/local/monitoring/serve.ts';
import { serveStorage } from '../../../../../cloud/platforms/google/local/storage/serve.ts';
import { monitoringClient } from '../../../../../cloud/platforms/google/monitoring/client.ts';
import { readBack } from '../../../../../cloud/platforms/google/monitoring/read-back.ts';
import { bundleFunctions, type FunctionName } from '../../../../../cloud/platforms/google/terraform/bundle.ts';
import { firestoreHere, firestoreWanted, newProject, pubsubHere, pubsubWanted } from '../emulators-here.ts';
import { installFramework, serving } from './serving.ts';

(firestoreWanted && pubsubWanted ? describe : describe.skip)('as deployed', () => {
  const project = newProject();
  let dir: string;
  let bundles: Readonly<Record<FunctionName, string>>;
  let storage: Served;
  let monitoring: Served;
  let environment: Record<string, string>;

  beforeAll(async () => {
    dir = await realpath(await mkdtemp(join(tmpdir(), 'mts-whole-')));
    bundles = await bundleFunctions(dir);
    await installFramework(dir);
    storage = await serveStorage({ now: Date.now, buckets: ['shelf'] });
    monitoring = await serveMonitoring({ now: Date.now });
    const [firestore, pubsub] = [await firestoreHere(), await pubsubHere()];
    environment = {
      ...{ PROJECT: project, DATABASE: 'counts', GOOGLE_CLOUD_PROJECT: project, METADATA_SERVER_DETECTION: 'none' },
      ...{
        FIRESTORE_EMULATOR_HOST: firestore.host,
        PUBSUB_EMULATOR_HOST: pubsub.host,
        STORAGE_EMULATOR_HOST: storage.url,
      },
      ...{ ASIDE_BUCKET: 'shelf', FAILURE_TOPIC: 'failures', DEMANDED_HEADER: 'X-Mts-Key: 5f1c' },
      MONITORING_ENDPOINT: monitoring.url,
      METRIC_TYPE: 'custom.googleapis.com/mbed/test_button_presses',
    };
    const authClient = new PassThroughClient() as never;
    const queues = new PubSub({ projectId: project, apiEndpoint: pubsub.host, emulatorMode: true, authClient });
    await queues.createTopic('failures');
    await queues.close();
  });
  afterAll(async () => {
    await storage.close();
    await monitoring.close();
    await rm(dir, { recursive: true, force: true });
  });

  const put = (url: string, body: string) =>
    fetch(url, { method: 'PUT', headers: { 'x-mts-key': '5f1c', 'content-type': 'application/json' }, body });

  test('a press goes from the webhook through the sweep into the graph, and nonsense into the bucket', async () => {
    await serving('webhook', bundles.webhook, environment, async (url) => {
      const notification = { ep: 'a', path: '/3200/0/5501', ct: 'text/plain', payload: btoa('4'), 'max-age': 0 };
      const body = JSON.stringify({ registrations: [{ ep: 'a' }], notifications: [notification] });
      for (const one of [body, body, 'open sesame']) expect((await put(url, one)).status).toBe(200);
    });
    const list = (await (await fetch(`${storage.url}/storage/v1/b/shelf/o`)).json()) as { items: { name: string }[] };
    expect(list.items.map(({ name }) => name)).toEqual([expect.stringMatching(/^aside\/[0-9a-f]{32}/)]);
    await serving('sweep', bundles.sweep, environment, async (url) => {
      const first = await fetch(url, { method: 'POST' });
      expect([first.status, await first.json()]).toEqual([200, { told: 1, refused: 0, failed: 0, isEmpty: true }]);
    });
    const client = monitoringClient({ project, metricType: environment.METRIC_TYPE!, endpoint: monitoring.url });
    const query = { endpoints: ['a'], from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 3_600_000) };
    const counts: number[] = [];
    for await (const { count } of readBack(client, query)) counts.push(count);
    expect(counts).toEqual([4]);
  });
});
