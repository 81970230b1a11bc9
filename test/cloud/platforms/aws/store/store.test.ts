/** What the store on DynamoDB does beyond what every store must: where the state is, what a write costs, and what may go wrong. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CounterEvent, EndpointEvents } from '../../../../../cloud/ingest/events.ts';
import { fold } from '../../../../../cloud/ingest/fold.ts';
import { newState } from '../../../../../cloud/ingest/state.ts';
import type { Store } from '../../../../../cloud/ingest/store.ts';
import { carryOver } from '../../../../../cloud/platforms/aws/store/carry-over.ts';
import { newDynamoClient } from '../../../../../cloud/platforms/aws/store/client.ts';
import { hourKey, listKey } from '../../../../../cloud/platforms/aws/store/keys.ts';
import { HOUR_MS, hourOf } from '../../../../../cloud/protocol/hour.ts';
import { seededRandom } from '../../../../../cloud/protocol/random.ts';
import { collect } from '../../../../conformance/store.ts';
import { dynamoDbWanted, LOCAL_CLIENT } from '../dynamodb-local.ts';
import type { Fate } from '../dynamodb-proxy.ts';
import { type TestTable, testTable } from './table.ts';

const NOON = Date.UTC(2026, 2, 1, 12);
const EVER = { from: new Date(0), to: new Date(Date.UTC(2100, 0, 1)) };

(dynamoDbWanted ? describe : describe.skip)('the store on DynamoDB', () => {
  let table: TestTable;
  const opened: Store[] = [];
  const open: TestTable['open'] = (options) => {
    const store = table.open({ deadline: () => Date.now() + 60_000, ...options });
    opened.push(store);
    return store;
  };
  beforeEach(async () => {
    table = await testTable();
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await table.close();
  });

  test('a remembered endpoint costs one request of one unit, whatever the number of its events', async () => {
    const requests: [string, number][] = [];
    const store = open({ tally: (request, units) => requests.push([request, units]) });
    await store.apply([body('b1', 'board', value(1, 0))]);
    requests.length = 0;
    await store.apply([body('b2', 'board', ...Array.from({ length: 500 }, (_, index) => value(index + 2, 0)))]);
    expect(requests).toEqual([['UpdateItem', 1]]);
  });

  test('a state of everything it can hold, and a name of 64 characters, still cost one unit', async () => {
    const requests: number[] = [];
    const store = open({ tally: (_request, units) => requests.push(units) });
    const uid = (index: number): string => `0d8e08c3-2311-4ede-aa53-fdaff2b3fa${10 + index}`;
    const name = 'n'.repeat(64);
    const boots = [0, 1, 2, 3].map((index): CounterEvent => {
      return { kind: 'value', value: 60_000 + index, boot: NOON + index, timestamp: NOON };
    });
    const registrations = [0, 1, 2, 3].map((index): CounterEvent => ({ kind: 'registration', uid: uid(index) }));
    const last = (index: number): CounterEvent => ({ kind: 'value', value: 65_000 + index, timestamp: NOON + index });
    await store.apply([body('a'.repeat(32), name, ...registrations, ...boots, last(0))]);
    requests.length = 0;
    await store.apply([body('b'.repeat(32), name, last(1))]);
    expect(requests).toEqual([1]);
  });

  test('the state is on the newest hour alone; what it left keeps its count', async () => {
    const store = open();
    await store.apply([body('b1', 'board', value(3, 0))]);
    await store.apply([body('b2', 'board', value(5, 2), value(6, 1))]);
    const items = (await table.items()).filter(({ Endpoint }) => Endpoint?.S === 'board');
    const holding = items.filter(({ EventState }) => EventState !== undefined);
    expect(holding.map(({ EventHour }) => EventHour?.S)).toEqual(['2026-03-01 14:00:00']);
    expect(await hours(store)).toEqual({ '12': 3, '13': 1, '14': 2 });
  });

  test('a late event counts in its own, older hour, and the state moves no way back', async () => {
    const store = open();
    await store.apply([body('b1', 'board', value(3, 5))]);
    await store.apply([body('b2', 'board', value(4, 1))]);
    await store.apply([body('b3', 'board', value(6, 5))]);
    expect(await hours(open())).toEqual({ '13': 1, '17': 5 });
  });

  test('a process that remembers an old state is told the new one with the refusal, and counts exactly', async () => {
    const [one, other] = [open(), open()];
    await one.apply([body('b1', 'board', value(1, 0))]);
    await other.apply([body('b2', 'board', value(4, 1))]);
    table.proxy.seen.length = 0;
    await one.apply([body('b3', 'board', value(9, 1))]);
    expect(await hours(one)).toEqual({ '12': 1, '13': 8 });
    await other.apply([body('b4', 'board', value(10, 1))]);
    expect(table.proxy.seen.filter((operation) => operation === 'UpdateItem').length).toBeLessThanOrEqual(4);
  });

  test('two that meet a new endpoint at once agree on where its state begins', async () => {
    for (let round = 0; round < 20; round++) {
      const endpoint = `board-${round}`;
      const [one, other] = [open(), open()];
      await Promise.all([
        one.apply([body('b1', endpoint, value(3, 0))]),
        other.apply([body('b2', endpoint, value(5, 1))]),
      ]);
      const items = (await table.items()).filter(({ Endpoint }) => Endpoint?.S === endpoint);
      expect(items.filter(({ EventState }) => EventState !== undefined)).toHaveLength(1);
      expect(sum(await hours(one, endpoint))).toBe(5);
    }
  });

  test('who listed an endpoint and died before its state was written is gone on from', async () => {
    await table.put({ ...listKey('board'), First: { S: '2026-03-01 10:00:00' } });
    const store = open();
    await store.apply([body('b1', 'board', value(3, 0))]);
    expect(await hours(store)).toEqual({ '12': 3 });
    expect(await hours(open())).toEqual({ '12': 3 });
  });

  test('the many of one message are listed together, once', async () => {
    const store = open();
    const batch = Array.from({ length: 250 }, (_, index) => body('b1', `board-${index}`, value(1, 0)));
    await store.apply(batch);
    expect(table.proxy.seen.filter((operation) => operation === 'PutItem')).toEqual([]);
    expect(await store.totals()).toMatchObject({ endpoints: 250, presses: 250 });
    await open().apply(batch);
    expect(await store.totals()).toMatchObject({ endpoints: 250, presses: 250, stale: 250 });
  });

  test("counts the guide's own function left are kept, and added to", async () => {
    await table.put({ ...hourKey('board', '2026-03-01 12:00:00'), EventCount: { N: '7' } });
    await table.put({ ...hourKey('board', '2026-03-01 15:00:00'), EventCount: { N: '2' } });
    const store = open();
    await store.apply([body('b1', 'board', value(3, 0))]);
    // It still runs, and writes to hours ahead of ours.
    await table.put({ ...hourKey('board', '2026-03-01 16:00:00'), EventCount: { N: '1' } });
    await open().apply([body('b2', 'board', value(5, 0))]);
    expect(await hours(store)).toEqual({ '12': 12, '15': 2, '16': 1 });
    await open().apply([body('b3', 'board', value(6, 4))]);
    expect(await hours(store)).toEqual({ '12': 12, '15': 2, '16': 2 });
  });

  test('hours of another table are carried over once, and their endpoints go on', async () => {
    const other = await testTable();
    try {
      await other.put({ ...hourKey('board', '2026-03-01 11:00:00'), EventCount: { N: '7' } });
      await other.put({ ...hourKey('board', '2026-03-01 12:00:00'), EventCount: { N: '2' } });
      await other.put({ ...hourKey('silent', '2026-03-01 12:00:00'), EventCount: { N: '5' } });
      await other.put({ ...hourKey('odd', 'yesterday'), EventCount: { N: '5' } });
      await other.put({ ...hourKey('odd', '2026-03-01 12:00:00'), EventCount: { S: 'five' } });
      const store = open();
      await store.apply([body('b1', 'board', value(3, 0))]);
      const client = newDynamoClient({ ...LOCAL_CLIENT, endpoint: table.proxy.endpoint });
      const options = { client, from: other.name, to: table.name, now: Date.now };
      let lost = 2;
      table.proxy.decide = (operation) => (operation === 'UpdateItem' && lost-- > 0 ? 'lost' : 'pass');
      await carryOver(options);
      table.proxy.decide = () => 'pass';
      expect(await carryOver(options)).toEqual({ hours: 0, presses: 0, there: 3, skipped: 2 });
      // Hours without a state are read, and replacing them does not make them be carried over again.
      const silent = await store.read('silent');
      const count = { endpoint: 'silent', hour: '2026-03-01 12:00:00', count: 5 };
      expect(silent).toEqual({ state: newState('silent'), hours: [count] });
      expect(await store.replace(silent!, undefined)).toBe(true);
      expect(await carryOver(options)).toEqual({ hours: 0, presses: 0, there: 3, skipped: 2 });
      client.destroy();
      await store.apply([body('b2', 'board', value(4, 1))]);
      await open().apply([body('b3', 'silent', value(1, 2))]);
      expect(await hours(store)).toEqual({ '11': 7, '12': 5, '13': 1 });
      expect(await hours(store, 'silent')).toEqual({ '12': 5, '14': 1 });
    } finally {
      await other.close();
    }
  });

  test('replaced by what is older, the state stays where it is, and goes on from there', async () => {
    const store = open();
    await store.apply([body('b1', 'board', value(3, 0))]);
    const early = (await store.read('board'))!;
    await store.apply([body('b2', 'board', value(5, 4))]);
    const late = (await store.read('board'))!;
    expect(await store.replace(early, late.state)).toBe(true);
    expect(await store.read('board')).toEqual(early);
    await open().apply([body('b3', 'board', value(9, 3))]);
    await open().apply([body('b4', 'board', value(10, 6))]);
    expect(await hours(store)).toEqual({ '12': 3, '15': 6, '18': 1 });
  });

  test('one message over more hours than a transaction takes counts them all', async () => {
    const store = open();
    const events = Array.from({ length: 250 }, (_, index) => value(index + 1, index));
    await store.apply([body('b1', 'board', ...events)]);
    const counts = await collect(store.hourly(EVER));
    expect(counts).toHaveLength(250);
    expect(counts.every(({ count }) => count === 1)).toBe(true);
    await store.apply([body('b2', 'board', value(251, 249))]);
    expect((await store.totals()).presses).toBe(251);
  });

  test('killed half way through such a message, the next one finishes what was due', async () => {
    let writes = 0;
    table.proxy.decide = (operation) => (operation === 'TransactWriteItems' && ++writes > 1 ? 'cut' : 'pass');
    // Its time is up at the second write, however long the first one took.
    const now = () => Date.now() + (writes > 1 ? 120_000 : 0);
    const events = Array.from({ length: 250 }, (_, index) => value(index + 1, index));
    const dying = open({ now, deadline: () => Date.now() + 60_000 });
    await expect(dying.apply([body('b1', 'board', ...events)])).rejects.toMatchObject({ code: 'STORE_DOWN' });
    table.proxy.decide = () => 'pass';
    await open().apply([body('b2', 'board', value(251, 249))]);
    expect(await collect(open().hourly(EVER))).toHaveLength(250);
    expect((await open().totals()).presses).toBe(251);
  });

  test.each<[Fate, string]>([
    ['lost', 'UpdateItem'],
    ['cut', 'UpdateItem'],
    ['fail', 'UpdateItem'],
    ['throttle', 'UpdateItem'],
    ['conflict', 'UpdateItem'],
    ['lost', 'TransactWriteItems'],
    ['throttle', 'TransactWriteItems'],
    ['lost', 'PutItem'],
    ['fail', 'PutItem'],
    ['cut', 'Query'],
  ])('%s once at %s: counted once, and no value taken for stale', async (fate, at) => {
    const store = open();
    const once = (): void => {
      let left = 1;
      table.proxy.decide = (operation) => (operation === at && left-- > 0 ? fate : 'pass');
    };
    once();
    await store.apply([body('b1', 'board', value(3, 0))]);
    once();
    await open().apply([body('b2', 'board', value(5, 0))]);
    once();
    expect(await store.apply([body('b3', 'board', value(9, 1))])).toEqual({ presses: 4, stale: 0 });
    table.proxy.decide = () => 'pass';
    expect(await hours(store)).toEqual({ '12': 5, '13': 4 });
    expect((await store.totals()).stale).toBe(0);
  });

  test('without permission it is down at once, and says what to look at', async () => {
    table.proxy.decide = () => 'denied';
    const denied = open().apply([body('b1', 'board', value(3, 0))]);
    await expect(denied).rejects.toMatchObject({ code: 'STORE_DOWN', fix: expect.stringContaining('credentials') });
    expect(table.proxy.seen).toHaveLength(1);
  });

  test('nothing is begun after the deadline', async () => {
    let now = 0;
    const store = open({ now: () => now, deadline: () => 1_000 });
    table.proxy.decide = () => {
      now = 2_000;
      return 'throttle';
    };
    await expect(store.apply([body('b1', 'board', value(3, 0))])).rejects.toMatchObject({ code: 'STORE_DOWN' });
    expect(table.proxy.seen).toHaveLength(1);
  });

  test('a State that is not ours stops the message and is not guessed', async () => {
    await table.put({ ...hourKey('board', '2026-03-01 12:00:00'), EventCount: { N: '7' }, EventState: { S: '{' } });
    await expect(open().apply([body('b1', 'board', value(3, 0))])).rejects.toMatchObject({ code: 'STORE_SCHEMA' });
  });

  test('an endpoint whose State was deleted is not counted twice: the store says what is to be done', async () => {
    const store = open();
    await store.apply([body('b1', 'board', value(3, 0))]);
    await store.apply([body('b2', 'board', value(4, 1))]);
    await table.put({ ...hourKey('board', '2026-03-01 13:00:00'), EventCount: { N: '1' } });
    await expect(open().apply([body('b3', 'board', value(5, 1))])).rejects.toMatchObject({ code: 'STORE_SCHEMA' });
  });

  test('nor is one whose first hours had been deleted before', async () => {
    const store = open();
    for (const hour of [0, 1, 2, 3]) await store.apply([body(`b${hour}`, 'board', value(10 * (hour + 1), hour))]);
    await table.drop(hourKey('board', '2026-03-01 12:00:00'));
    await table.drop(hourKey('board', '2026-03-01 15:00:00'));
    await expect(open().apply([body('b5', 'board', value(41, 4))])).rejects.toMatchObject({ code: 'STORE_SCHEMA' });
    for (const hour of ['13', '14']) await table.drop(hourKey('board', `2026-03-01 ${hour}:00:00`));
    expect(await open().apply([body('b5', 'board', value(41, 4))])).toEqual({ presses: 41, stale: 0 });
  });

  test('hourly of many endpoints over many pages comes in order', async () => {
    const store = open();
    const batch = Array.from({ length: 30 }, (_, board) => {
      const events = Array.from({ length: 60 }, (_, index) => value(index + 1, (index * (board + 1)) % 97));
      return body('b1', `board-${board}`, ...events);
    });
    await store.apply(batch);
    const counts = await collect(store.hourly(EVER));
    const expected = [...counts].sort((a, b) => {
      return a.hour === b.hour ? (a.endpoint < b.endpoint ? -1 : 1) : a.hour < b.hour ? -1 : 1;
    });
    expect(counts).toEqual(expected);
    expect(counts.reduce((total, { count }) => total + count, 0)).toBe(30 * 60);
  });

  test('random histories, delivered in copies at once by two processes while requests go wrong, count as the rules say', async () => {
    const fates: Fate[] = ['lost', 'cut', 'fail', 'throttle', 'conflict'];
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.array(step(), { minLength: 1, maxLength: 15 }), async (seed, steps) => {
        const random = seededRandom(seed);
        const endpoint = `board-${seed}-${opened.length}`;
        table.proxy.decide = () => (random.chance(0.15) ? fates[random.int(fates.length)]! : 'pass');
        let state = newState(endpoint);
        const expected = new Map<string, number>();
        for (const [index, { copies, events }] of steps.entries()) {
          const one = body(`body-${index}`, endpoint, ...events);
          const change = fold(state, one);
          state = change.state;
          for (const [at, presses] of change.hours) {
            const hour = hourOf(at * HOUR_MS);
            expected.set(hour, (expected.get(hour) ?? 0) + presses);
          }
          const stores = [open(), open()];
          await Promise.all(Array.from({ length: copies }, (_, copy) => stores[copy % 2]!.apply([one])));
        }
        table.proxy.decide = () => 'pass';
        const counts = await collect(open().hourly({ ...EVER, endpoint }));
        expect(Object.fromEntries(counts.map(({ hour, count }) => [hour, count]))).toEqual(
          Object.fromEntries(expected),
        );
      }),
      { numRuns: 40 },
    );
  });
});

/** What one body says, and in how many copies it comes. */
function step() {
  const event = fc.record({
    boot: fc.integer({ min: 1, max: 3 }),
    counter: fc.integer({ min: 0, max: 40 }),
    at: fc.integer({ min: 0, max: 3 }),
  });
  return fc.record({
    copies: fc.integer({ min: 1, max: 3 }),
    events: fc
      .array(event, { minLength: 1, maxLength: 4 })
      .map((events) => events.map(({ boot, counter, at }) => ({ ...value(counter, at), boot: NOON + boot }))),
  });
}

function body(hash: string, endpoint: string, ...events: CounterEvent[]): EndpointEvents {
  return { endpoint, body: hash, receivedAt: NOON, events };
}

/** A value in an hour after noon. */
function value(counter: number, hour: number): CounterEvent {
  return { kind: 'value', boot: NOON, value: counter, timestamp: NOON + hour * HOUR_MS + counter };
}

async function hours(store: Store, endpoint = 'board'): Promise<Record<string, number>> {
  const counts = await collect(store.hourly({ ...EVER, endpoint }));
  return Object.fromEntries(counts.map(({ hour, count }) => [hour.slice(11, 13), count]));
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
