/**
 * Ingest of 10,000-event messages over HTTP into the local store, in events a second, from 1, 100 and 10,000 endpoints.
 *
 * The baseline does what the guide of 2017 did, on the same server, file system and SQLite settings: one durable write
 * for each notification, adding one.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { ingestMetrics } from '../../cloud/ingest/metrics.ts';
import { newServer } from '../../cloud/ingest/server.ts';
import { webhook } from '../../cloud/ingest/webhook.ts';
import { openLocalStore } from '../../cloud/platforms/local/store.ts';
import { hourOf } from '../../cloud/protocol/hour.ts';
import { type Measured, median } from './measured.ts';
import { bodies, EVENTS_PER_BODY } from './messages.ts';

/** Messages before the first that is measured: compiled code, a file that has its pages. */
const WARM_UP = 5;
const MESSAGES = 20;
const BASELINE_MESSAGES = 2;
const TARGETS: Readonly<Record<number, number>> = { 100: 60, 10000: 15 };
const ANSWER_TARGET_MS = 300;

export async function benchIngest(): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const endpoints of [1, 100, 10_000]) {
    const ours = await timeMessages(endpoints, MESSAGES, startReceiver);
    const theirs = await timeMessages(endpoints, BASELINE_MESSAGES, startBaseline);
    const [value, baseline] = [EVENTS_PER_BODY / (median(ours) / 1000), EVENTS_PER_BODY / (median(theirs) / 1000)];
    const ratio = value / baseline;
    const target = TARGETS[endpoints];
    measured.push({
      name: `ingest, ${endpoints} endpoints`,
      value,
      unit: 'events/s',
      baseline,
      ratio,
      ...(target === undefined ? {} : { target: `at least ${target} times`, met: ratio >= target }),
    });
    const slowest = Math.max(...ours);
    measured.push({
      name: `slowest answer to 10,000 events, ${endpoints} endpoints`,
      value: slowest,
      unit: 'ms',
      target: `under ${ANSWER_TARGET_MS} ms`,
      met: slowest < ANSWER_TARGET_MS,
    });
  }
  return measured;
}

type Start = (app: FastifyInstance, dir: string) => Promise<() => Promise<void>>;

/** Milliseconds from sending each message to its answer. */
async function timeMessages(endpoints: number, count: number, start: Start): Promise<number[]> {
  const dir = await mkdtemp(join(tmpdir(), 'mts-bench-'));
  const app = newServer(pino({ level: 'silent' }));
  const stop = await start(app, dir);
  try {
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const times: number[] = [];
    const source = bodies(endpoints);
    const warmUp = Math.min(WARM_UP, count);
    for (let sent = 0; sent < warmUp + count; sent++) {
      const body = Buffer.from(source.next().value);
      const started = performance.now();
      await put(port, body);
      if (sent >= warmUp) times.push(performance.now() - started);
    }
    return times;
  } finally {
    await app.close();
    await stop();
    await rm(dir, { recursive: true });
  }
}

async function startReceiver(app: FastifyInstance, dir: string): Promise<() => Promise<void>> {
  const store = openLocalStore({ dir, create: true, maxAside: 1e9 });
  await webhook(app, { store, metrics: ingestMetrics(), now: Date.now });
  return () => store.close();
}

async function startBaseline(app: FastifyInstance, dir: string): Promise<() => Promise<void>> {
  const db = new DatabaseSync(join(dir, 'baseline.sqlite'));
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE presses (endpoint TEXT, hour TEXT, count INTEGER, PRIMARY KEY (endpoint, hour)) WITHOUT ROWID`);
  const add = db.prepare('INSERT INTO presses VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1');
  app.put('/webhook', async (request) => {
    const { notifications } = request.body as { notifications: { ep: string }[] };
    for (const { ep } of notifications) add.run(ep, hourOf(Date.now()));
    return {};
  });
  return async () => db.close();
}

export function put(port: number, body: Uint8Array): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method: 'PUT', path: '/webhook', headers }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`the receiver answered ${response.statusCode}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
