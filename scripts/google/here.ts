/**
 * The Google platform on this machine, for `up`: both functions in Google's own framework, Google's emulators of Firestore and
 * Pub/Sub, and our stand-ins of Cloud Storage and Cloud Monitoring, all on free ports of loopback.
 *
 *   webhook function ─► Firestore emulator ─► sweep function ─► Cloud Monitoring's stand-in
 *                  └──► Cloud Storage's stand-in, Pub/Sub emulator: what is not understood
 *
 * The stand-ins keep what they have in the folder; the emulators keep nothing, so that each start begins with none.
 */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_MAX_ASIDE } from '../../cloud/ingest/aside/bucket-shelf.ts';
import { Deadline } from '../../cloud/ingest/deadline.ts';
import { demandHeader } from '../../cloud/ingest/demanded-header.ts';
import type { ReadableSink } from '../../cloud/ingest/sink.ts';
import { jsonLog } from '../../cloud/platforms/google/handlers/log.ts';
import { sweepFunction } from '../../cloud/platforms/google/handlers/sweep.ts';
import { webhookFunction } from '../../cloud/platforms/google/handlers/webhook.ts';
import { DEMANDED_HEADER, namesWith } from '../../cloud/platforms/google/names.ts';
import type { FirestoreStore } from '../../cloud/platforms/google/store/store.ts';
import type { Io } from '../cli.ts';
import { openGoogleSink } from './sink.ts';
import { openStoreHere } from './store-here.ts';
import type { GooglePlan } from './words.ts';

export interface GoogleHere {
  readonly plan: GooglePlan;
  readonly lines: readonly (readonly [label: string, address: string])[];
  readonly webhook: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  readonly store: FirestoreStore;
  readonly sink: ReadableSink;
  /** Runs the scheduled function once; true if nothing is left for it. */
  sweep(): Promise<boolean>;
  close(): Promise<void>;
}

export interface GoogleHereOptions {
  /** Made if it is missing. */
  readonly folder: string;
  readonly io: Pick<Io, 'now' | 'err' | 'sleep' | 'stop'>;
}

/** Cloud Monitoring takes one point of a board every five seconds; here nobody pays for them, and people are watching. */
const STEP_MS = 5_000;
const PROJECT = 'mbed-local';

/** OutsideError TOOL, with what to install, if an emulator or Java is missing. */
export async function startGoogleHere({ folder, io }: GoogleHereOptions): Promise<GoogleHere> {
  const { hostFunction } = await import('../../cloud/platforms/google/local/function-host.ts');
  const { serveMonitoring } = await import('../../cloud/platforms/google/local/monitoring/serve.ts');
  const names = namesWith('');
  const plan = {
    project: PROJECT,
    database: '(default)',
    bucket: names.asideBucket,
    asideBucket: names.asideBucket,
    metricType: names.metricType,
  };
  await using opened = new AsyncDisposableStack();
  const open = <T extends { close(): Promise<void> }>(part: T): T => opened.adopt(part, (one) => one.close());
  const { now, sleep } = io;

  const deadline = new Deadline();
  const { store, ...places } = await openStoreHere(
    {
      ...{ project: PROJECT, bucket: plan.bucket, topic: names.failureTopic, maxAsideBytes: DEFAULT_MAX_ASIDE },
      folder,
    },
    { now, deadline, stop: io.stop },
    opened,
  );
  // A series begins anew with the counts.
  const monitoringFolder = join(folder, 'monitoring');
  await rm(monitoringFolder, { recursive: true, force: true });
  const monitoring = open(await serveMonitoring({ folder: monitoringFolder, now }));
  const sink = open(
    await openGoogleSink(
      { project: PROJECT, metricType: plan.metricType, monitoringEndpoint: monitoring.url },
      { now, sleep, told: store.told(), stepMs: STEP_MS },
    ),
  );

  const key = randomBytes(24).toString('base64url');
  // What goes well is not worth a line: here people read them.
  const log = jsonLog((line) => (line.includes('"severity":"INFO"') ? undefined : io.err(line)));
  const header = demandHeader(DEMANDED_HEADER, key);
  const webhook = open(await hostFunction(webhookFunction({ store, header, now, deadline, log })));
  const sweeping = open(await hostFunction(sweepFunction({ outbox: store.outbox(), sink, now, deadline, log })));
  const closing = opened.move();
  return {
    plan,
    lines: [
      ['Firestore', places.firestore],
      ['Pub/Sub', places.pubsub],
      ['Cloud Storage', places.storage],
      ['Cloud Monitoring', monitoring.url],
      ['Sweep', sweeping.url],
    ],
    webhook: { url: `${webhook.url}/`, headers: { [DEMANDED_HEADER]: key } },
    store,
    sink,
    async sweep() {
      const response = await fetch(sweeping.url, { method: 'POST' });
      return response.status === 200;
    },
    close: () => closing.disposeAsync(),
  };
}
