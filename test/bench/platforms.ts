/**
 * What each platform takes of 10,000-event messages from 100 endpoints, until its own server has them: beside the local store alone, and
 * beside one write for each notification on the same server, 32 at a time, in the same run.
 *
 *   influxdb    counted in SQLite, then told to Debian's influxd         plain: a POST of one line each
 *   graphite    the same to carbon, until graphite-web shows it          no plain one: carbon answers no write
 *   table       counted in Azurite                                       plain: a merge of one entity each
 *   firestore   counted in Google's emulator                             plain: an increment of one document each
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { FieldValue } from '@google-cloud/firestore';
import { inParallel } from '../../cloud/ingest/in-parallel.ts';
import type { ReadableSink } from '../../cloud/ingest/sink.ts';
import type { Store } from '../../cloud/ingest/store.ts';
import { sweep } from '../../cloud/ingest/sweep.ts';
import { take } from '../../cloud/ingest/take.ts';
import { startAzurite } from '../../cloud/platforms/azure/local/azurite.ts';
import { newTableClient } from '../../cloud/platforms/azure/store/client.ts';
import { openTableStore } from '../../cloud/platforms/azure/store/store.ts';
import { findEmulator, startFirestore } from '../../cloud/platforms/google/local/emulators.ts';
import { newFirestore } from '../../cloud/platforms/google/store/client.ts';
import { openFirestoreStore } from '../../cloud/platforms/google/store/store.ts';
import { feedOutbox } from '../../cloud/platforms/local/forward/feed-outbox.ts';
import { ForwardFile } from '../../cloud/platforms/local/forward/file.ts';
import { type LocalStore, openLocalStore } from '../../cloud/platforms/local/store.ts';
import { hourOf } from '../../cloud/protocol/hour.ts';
import { startGraphiteHere } from '../../scripts/graphite/here.ts';
import { openGraphiteSink } from '../../scripts/graphite/sink.ts';
import { startInfluxHere } from '../../scripts/influxdb/here.ts';
import { openInfluxSink } from '../../scripts/influxdb/sink.ts';
import { memoryShelf } from '../cloud/platforms/aws/memory-shelf.ts';
import { type Measured, median } from './measured.ts';
import { bodies, EVENTS_PER_BODY } from './messages.ts';

const ENDPOINTS = 100;
const MESSAGES = 5;
/** Of the plain way in a turn: it is slow. */
const PLAIN_EVENTS = 500;
const AT_ONCE = 32;
const TARGET = 20;
const GRAPHITE_MS = 2_000;

/** One platform: what it does with a message, and with one event the plain way. */
interface Lane {
  readonly name: string;
  message(body: Uint8Array): Promise<void>;
  readonly plain?: (board: number, serial: number) => Promise<void>;
}

export async function benchPlatforms(): Promise<Measured[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mts-bench-'));
  try {
    const local = await withLocal(
      folder,
      'local',
      async (store) => await rateOf({ name: 'local', message: taking(store) }),
    );
    const measured: Measured[] = [{ name: `into local, ${ENDPOINTS} endpoints`, value: local.ours, unit: 'events/s' }];
    for (const lane of [influxdb, graphite, table, firestore]) measured.push(...(await lane(folder)));
    return measured;
  } finally {
    await rm(folder, { recursive: true });
  }
}

const io = {
  now: Date.now,
  sleep: (ms: number) => setTimeout(ms),
  err: () => undefined,
  stop: new AbortController().signal,
};
const deps = { now: io.now, sleep: io.sleep };

async function influxdb(folder: string): Promise<Measured[]> {
  const here = await startInfluxHere({ folder: join(folder, 'influxd'), io });
  const sink = await openInfluxSink(here.plan, deps);
  try {
    return await withLocal(folder, 'influxdb', async (store) => {
      const write = new URL(`write?db=${here.plan.database}&precision=s`, here.plan.url);
      return judged(
        await rateOf({
          name: 'influxdb',
          message: feeding(store, folder, 'influxdb', sink),
          plain: async (board, serial) => {
            const body = `plain,endpoint=board-${board} count=1i ${1_700_000_000 + serial}`;
            const answer = await fetch(write, { method: 'POST', body });
            if (answer.status !== 204) throw new Error(await answer.text());
          },
        }),
      );
    });
  } finally {
    await sink.close();
    await here.close();
  }
}

async function graphite(folder: string): Promise<Measured[]> {
  const here = await startGraphiteHere({ folder: join(folder, 'graphite'), io });
  const sink = await openGraphiteSink(here.plan, deps);
  try {
    const hour = hourOf(Date.now());
    const totals = Array.from({ length: ENDPOINTS }, (_, board) => ({
      endpoint: `first-${board}`,
      hour,
      count: board + 1,
    }));
    const before = performance.now();
    const { failed } = await sink.put(totals);
    const shownMs = performance.now() - before;
    const shown = {
      ...{ name: `graphite: ${ENDPOINTS} new endpoints, until the render API shows them`, value: shownMs, unit: 'ms' },
      ...{ target: `${GRAPHITE_MS} ms at most`, met: failed.length === 0 && shownMs <= GRAPHITE_MS },
    };
    return await withLocal(folder, 'graphite-counts', async (store) => {
      const message = feeding(store, folder, 'graphite', sink);
      return [shown, ...judged(await rateOf({ name: 'graphite', message }))];
    });
  } finally {
    await sink.close();
    await here.close();
  }
}

async function table(): Promise<Measured[]> {
  const azurite = await startAzurite();
  try {
    const { connectionString } = azurite;
    const [client, plain] = ['presses', 'plain'].map((name) => newTableClient({ connectionString }, name));
    await client!.createTable();
    await plain!.createTable();
    const store = openTableStore({ client: client!, shelf: memoryShelf(1_000), now: Date.now });
    return judged(
      await rateOf({
        name: 'table (Azurite)',
        message: taking(store),
        plain: async (board, serial) => {
          await plain!.upsertEntity({ partitionKey: `board-${board}`, rowKey: 'hour', Count: serial }, 'Merge');
        },
      }),
    );
  } finally {
    await azurite.close();
  }
}

async function firestore(folder: string): Promise<Measured[]> {
  try {
    await findEmulator('firestore', process.env);
  } catch (error) {
    process.stderr.write(`bench: firestore is left out: ${(error as Error).message}\n`);
    return [];
  }
  const emulator = await startFirestore({ folder: join(folder, 'firestore') });
  const client = newFirestore({ project: 'bench', emulator: emulator.host });
  const store = openFirestoreStore({ firestore: client, shelf: memoryShelf(1_000), now: Date.now });
  try {
    return judged(
      await rateOf({
        name: "firestore (Google's emulator)",
        message: taking(store),
        plain: async (board) => {
          await client.doc(`plain/board-${board}`).set({ count: FieldValue.increment(1) }, { merge: true });
        },
      }),
    );
  } finally {
    await store.close();
    await emulator.close();
  }
}

interface Rates {
  readonly name: string;
  /** Events a second. */
  readonly ours: number;
  readonly plain: number | undefined;
}

/** Both in turns, so that what else the machine does is in both. */
async function rateOf({ name, message, plain }: Lane): Promise<Rates> {
  const source = bodies(ENDPOINTS);
  const [ours, plains]: [number[], number[]] = [[], []];
  // Not measured: the first of everything.
  await message(Buffer.from(source.next().value));
  await plain?.(0, 0);
  for (let turn = 0; turn < MESSAGES; turn += 1) {
    const body = Buffer.from(source.next().value);
    ours.push(EVENTS_PER_BODY / (await seconds(() => message(body))));
    if (plain === undefined) continue;
    const events = Array.from({ length: PLAIN_EVENTS }, (_, index) => turn * PLAIN_EVENTS + index);
    const work = (serial: number): Promise<void> => plain(serial % ENDPOINTS, serial);
    plains.push(PLAIN_EVENTS / (await seconds(() => inParallel(events, AT_ONCE, work))));
  }
  return { name, ours: median(ours), plain: plain === undefined ? undefined : median(plains) };
}

function judged({ name, ours, plain }: Rates): Measured[] {
  const measured = { name: `into ${name}, ${ENDPOINTS} endpoints`, value: ours, unit: 'events/s' };
  if (plain === undefined) return [measured];
  const ratio = ours / plain;
  return [{ ...measured, baseline: plain, ratio, target: `${TARGET} times one write each`, met: ratio >= TARGET }];
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const before = performance.now();
  await work();
  return (performance.now() - before) / 1_000;
}

function taking(store: Pick<Store, 'apply' | 'setAside'>): Lane['message'] {
  return async (body) => {
    await take(body, Date.now(), { store });
  };
}

/** Counted, and told to the sink until it has confirmed. */
function feeding(store: LocalStore, folder: string, name: string, sink: ReadableSink): Lane['message'] {
  const file = ForwardFile.open(join(folder, `${name}-forward`))!;
  const outbox = feedOutbox(store, file, name);
  return async (body) => {
    await take(body, Date.now(), { store });
    const { failed, isEmpty } = await sweep(outbox, sink);
    if (failed > 0 || !isEmpty) throw new Error(`${name} did not take all: ${sink.trouble?.()}`);
  };
}

async function withLocal<T>(folder: string, name: string, work: (store: LocalStore) => Promise<T>): Promise<T> {
  const store = openLocalStore({ dir: join(folder, `store-${name}`), create: true, maxAside: 1_000 });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
