import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';
import { type DashboardDeps, dashboard } from '../../../cloud/dashboard/dashboard.ts';
import { Live } from '../../../cloud/dashboard/live.ts';
import { HOUR_MS } from '../../../cloud/protocol/hour.ts';
import { openEvents } from './event-source.ts';
import { hoursBack, MemoryHours } from './memory-hours.ts';
import { until } from './until.ts';

const START = Date.UTC(2026, 2, 12, 15, 59);
const PRESENT = hoursBack(START, 0);

let app: FastifyInstance | undefined;
let hours: MemoryHours;
let now: number;

beforeEach(() => {
  hours = new MemoryHours();
  now = START;
});

afterEach(async () => {
  jest.useRealTimers();
  const closing = app?.close();
  // fetch opens connections ahead, and one without a request is not idle to Node.
  app?.server.closeAllConnections();
  await closing;
  app = undefined;
});

async function listen(more: Partial<DashboardDeps> = {}): Promise<string> {
  app = fastify();
  await dashboard(app, { hours, now: () => now, pollMs: 5, ...more });
  return `${await app.listen({ host: '127.0.0.1', port: 0 })}/api/live`;
}

describe('a live stream', () => {
  test('tells what changed after the cursor, and then each change', async () => {
    hours.set('a', PRESENT, 1);
    hours.set('b', PRESENT, 2);
    const stream = await openEvents(`${await listen()}?cursor=1`);
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    expect(await stream.next()).toEqual({
      name: 'message',
      id: '2',
      data: [{ endpoint: 'b', hour: PRESENT, count: 2 }],
    });
    hours.set('a', PRESENT, 7);
    expect(await stream.next()).toEqual({
      name: 'message',
      id: '3',
      data: [{ endpoint: 'a', hour: PRESENT, count: 7 }],
    });
  });

  test('goes on where a broken one stopped: the last id is worth more than the address', async () => {
    for (const board of ['a', 'b', 'c']) hours.set(board, PRESENT, 1);
    const stream = await openEvents(`${await listen()}?cursor=0`, { 'last-event-id': '2' });
    expect(await stream.next()).toMatchObject({ id: '3', data: [{ endpoint: 'c' }] });
  });

  test('without a cursor starts from now', async () => {
    hours.set('a', PRESENT, 1);
    const stream = await openEvents(await listen());
    hours.set('b', PRESENT, 1);
    expect(await stream.next()).toMatchObject({ id: '2', data: [{ endpoint: 'b' }] });
  });

  test('a cursor of another store is told so', async () => {
    hours.set('a', PRESENT, 1);
    const stream = await openEvents(`${await listen()}?cursor=77`);
    expect(await stream.next()).toEqual({ name: 'reset', id: '1', data: {} });
  });

  test('one far behind gets everything, in pieces, while another is up to date', async () => {
    for (let board = 0; board < 2_500; board++) hours.set(`board-${board}`, PRESENT, 1);
    const address = await listen();
    const present = await openEvents(`${address}?cursor=2500`);
    const behind = await openEvents(`${address}?cursor=0`);
    const sizes: number[] = [];
    while (sum(sizes) < 2_500) sizes.push(((await behind.next())!.data as unknown[]).length);
    expect(sizes).toEqual([1_000, 1_000, 500]);
    hours.set('news', PRESENT, 1);
    for (const stream of [present, behind]) expect(await stream.next()).toMatchObject({ id: '2501' });
  });

  test('a new hour is told', async () => {
    const stream = await openEvents(await listen());
    now += 2 * 60_000;
    expect(await stream.next()).toEqual({ name: 'hour', id: '0', data: { hour: '2026-03-12 16:00:00' } });
  });

  test('an idle one shows signs of life', async () => {
    const stream = await openEvents(await listen({ heartbeatMs: 5 }));
    const event = stream.next();
    await until(() => stream.comments() >= 3);
    hours.set('a', PRESENT, 1);
    await event;
  });

  test('a store without a feed is watched for the present hour', async () => {
    const stream = await openEvents(await listen({ hours: { hourly: (query) => hours.hourly(query) } }));
    hours.set('a', hoursBack(now, 0), 4);
    expect(await stream.next()).toMatchObject({ data: [{ endpoint: 'a', hour: PRESENT, count: 4 }] });
  });
});

describe('the end', () => {
  test('when the store fails everyone is cut off, and comes back to where it was', async () => {
    const address = await listen();
    const stream = await openEvents(address);
    hours.down = true;
    expect(await stream.next()).toBeUndefined();
    expect((await fetch(address)).status).toBe(503);
    hours.down = false;
    hours.set('a', PRESENT, 1);
    expect(await (await openEvents(`${address}?cursor=0`)).next()).toMatchObject({ id: '1' });
  });

  test('one too many is told to wait, and has room when another left', async () => {
    const address = await listen({ maxClients: 2 });
    const [first] = await Promise.all([openEvents(address), openEvents(address)]);
    const refused = await openEvents(address);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    first!.leave();
    await until(async () => (await statusOf(address)) === 200);
  });

  test('closing the server ends the streams', async () => {
    const stream = await openEvents(await listen());
    await app!.close();
    expect(await stream.next()).toBeUndefined();
  });
});

describe('Live', () => {
  test('one that does not read is cut off, the others are not', async () => {
    const live = liveOf(hours);
    const deaf = (await live.open(0))!;
    const reader = (await live.open(0))!;
    reader.resume();
    for (let round = 1; !deaf.destroyed; round++) {
      for (let board = 0; board < 1_000; board++) hours.set(`${'x'.repeat(900)}-${board}`, PRESENT, round);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => live.clients === 1);
    expect(reader.destroyed).toBe(false);
    live.close();
    expect(live.clients).toBe(0);
  });

  test('nobody looks: nothing is watched, until someone does again', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    const live = liveOf(hours);
    for (let round = 0; round < 2; round++) {
      const stream = (await live.open(0))!;
      await jest.advanceTimersByTimeAsync(10);
      expect(jest.getTimerCount()).toBe(2);
      stream.destroy();
      await until(() => live.clients === 0);
      expect(jest.getTimerCount()).toBe(0);
    }
    expect(hours.polls).toBeGreaterThan(2);
  });

  test('one that leaves while it is being let in leaves nothing behind', async () => {
    const live = liveOf(hours);
    const opening = live.open(0);
    live.close();
    expect(await opening).toBeUndefined();
    expect(live.clients).toBe(0);
    expect(await live.open(0)).toBeUndefined();
  });
});

function liveOf(feed: MemoryHours): Live {
  const onError = (error: unknown): never => {
    throw error;
  };
  return new Live({ feed, now: () => now, pollMs: 1, heartbeatMs: HOUR_MS, maxClients: 2, onError });
}

async function statusOf(address: string): Promise<number> {
  const { status, leave } = await openEvents(address);
  leave();
  return status;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
