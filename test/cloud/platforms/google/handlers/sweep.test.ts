/** What the schedule relies on: a sweep tells what is pending, in time, one after another. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Deadline } from '../../../../../cloud/ingest/deadline.ts';
import type { Outbox, Pending } from '../../../../../cloud/ingest/outbox.ts';
import type { PutResult } from '../../../../../cloud/ingest/sink.ts';
import type { HourlyCount } from '../../../../../cloud/ingest/store.ts';
import { SWEEPING_MS, type SweepDeps, sweepFunction } from '../../../../../cloud/platforms/google/handlers/sweep.ts';
import { StoreError } from '../../../../../cloud/protocol/errors.ts';
import { hearing, type ServedFunction, serveFunction } from './served.ts';

let served: ServedFunction | undefined;
let heard: ReturnType<typeof hearing>;
beforeEach(() => {
  heard = hearing();
});
afterEach(async () => {
  await served?.close();
  served = undefined;
});

const HOUR = '2026-11-25 12:00:00';
const count = (endpoint: string): HourlyCount => ({ endpoint, hour: HOUR, count: 2 });

class ListOutbox implements Pick<Outbox, 'pending' | 'confirm'> {
  readonly waiting: Pending[];
  constructor(...endpoints: string[]) {
    this.waiting = endpoints.map((endpoint, mark) => ({ count: count(endpoint), mark }));
  }
  async pending(limit: number): Promise<Pending[]> {
    return this.waiting.slice(0, limit);
  }
  async confirm(told: readonly Pending[]): Promise<void> {
    for (const one of told) this.waiting.splice(this.waiting.indexOf(one), 1);
  }
}

const taking = { put: async (): Promise<PutResult> => ({ refused: [], failed: [] }) };

async function post(deps: Pick<SweepDeps, 'outbox' | 'sink'> & Partial<SweepDeps>, method = 'POST') {
  served ??= await serveFunction(sweepFunction({ now: Date.now, deadline: new Deadline(), log: heard.log, ...deps }));
  const response = await fetch(served.url, { method });
  return { status: response.status, body: (await response.json().catch(() => ({}))) as Record<string, unknown> };
}

test('tells all that is pending, and confirms it: 200', async () => {
  const outbox = new ListOutbox('a', 'b');
  expect(await post({ outbox, sink: taking })).toEqual({
    status: 200,
    body: { told: 2, refused: 0, failed: 0, isEmpty: true },
  });
  expect(outbox.waiting).toEqual([]);
});

test('nothing pending: 200, and nothing to log', async () => {
  expect(await post({ outbox: new ListOutbox(), sink: taking })).toMatchObject({ status: 200 });
  expect(heard.said).toEqual([]);
});

test('a sink that is down: 503, and what failed stays pending', async () => {
  const outbox = new ListOutbox('a', 'b');
  const sink = { put: async () => ({ refused: [], failed: [count('b')] }), trouble: () => 'it answered 503' };
  expect(await post({ outbox, sink })).toMatchObject({ status: 503, body: { told: 1, failed: 1, isEmpty: false } });
  expect(outbox.waiting.map((one) => one.count.endpoint)).toEqual(['b']);
  expect(heard.said[0]).toMatchObject({ severity: 'WARNING', fields: { failed: 1, why: 'it answered 503' } });
});

test('what is refused for ever is said with its reason, and told no more', async () => {
  const outbox = new ListOutbox('a');
  const sink = { put: async () => ({ refused: [{ count: count('a'), reason: 'no such name' }], failed: [] }) };
  expect(await post({ outbox, sink })).toMatchObject({ status: 200, body: { told: 0, refused: 1 } });
  expect(outbox.waiting).toEqual([]);
  expect(heard.said[0]).toMatchObject({ severity: 'WARNING', fields: { endpoint: 'a', reason: 'no such name' } });
});

test('ends when its time is up, and the next one goes on', async () => {
  let now = 1_000;
  const deadline = new Deadline();
  const outbox = new ListOutbox(...Array.from({ length: 12_000 }, (_, index) => `board-${index}`));
  const sink = {
    put: async (): Promise<PutResult> => {
      now += SWEEPING_MS / 2 + 1;
      return { refused: [], failed: [] };
    },
  };
  const deps = { outbox, sink, now: () => now, deadline };
  expect(await post(deps)).toMatchObject({ status: 503, body: { told: 10_000, isEmpty: false } });
  expect(await post(deps)).toMatchObject({ status: 200, body: { told: 2_000, isEmpty: true } });
});

test('a store that is down: 503, and the log says so', async () => {
  const outbox = {
    pending: async () => Promise.reject(new StoreError('STORE_DOWN', 'Firestore does not answer')),
    confirm: async () => {},
  };
  expect(await post({ outbox, sink: taking })).toMatchObject({ status: 503, body: { error: 'STORE_DOWN' } });
  expect(JSON.stringify(heard.said)).toContain('Firestore does not answer');
});

test('a fault of ours: 500', async () => {
  const sink = { put: async () => Promise.reject(new TypeError('x is no function')) };
  expect(await post({ outbox: new ListOutbox('a'), sink })).toMatchObject({ status: 500, body: { error: 'INTERNAL' } });
});

test('of two at once one waits for the other', async () => {
  let [running, most] = [0, 0];
  const sink = {
    put: async (): Promise<PutResult> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      return { refused: [], failed: [] };
    },
  };
  const parts = { outbox: new ListOutbox('a'), sink, now: Date.now, deadline: new Deadline(), log: heard.log };
  const sweeping = sweepFunction(parts);
  const statuses: number[] = [];
  const response = { writeHead: (status: number) => statuses.push(status), end: () => undefined };
  const request = { method: 'POST', headers: {} };
  await Promise.all([sweeping(request, response), sweeping(request, response)]);
  expect([most, statuses]).toEqual([1, [200, 200]]);
});

test.each(['GET', 'PUT', 'DELETE'])('%s: 405', async (method) => {
  expect(await post({ outbox: new ListOutbox('a'), sink: taking }, method)).toMatchObject({ status: 405 });
});
