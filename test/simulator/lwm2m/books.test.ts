/** The ledger of boards that speak LwM2M, beside what a real BoardService was told and the receiver's rules count: in virtual time. */
import { describe, expect, test } from '@jest/globals';
import { METHODS } from '../../../cloud/protocol/coap/codes.ts';
import { parseFaults } from '../../../simulator/faults.ts';
import { Books, Pending } from '../../../simulator/lwm2m/books.ts';
import { readScenario } from '../../../simulator/scenario/read.ts';
import { expectExact, play, recording, sumOfLines } from './playing.ts';

describe('without faults', () => {
  test.each(['udp', 'tls', 'tcp'] as const)('over %s each press is carried, and counted', async (transport) => {
    const played = await play({ transport, options: { schedule: { kind: 'steady', rate: 20 } } });
    const { summary, carried, died } = played;
    expect(summary).toMatchObject({ pressed: 400, died: 0, undelivered: 0, dropped: 0, ignored: 0 });
    expect(carried).toHaveLength(summary.pressed);
    expect(died).toEqual([]);
    expect([...played.counted.values()].reduce((sum, n) => sum + n)).toBe(summary.pressed);
    expectExact(played);
  });

  test('a line says which press of which boot of which board, and when', async () => {
    const { carried, world } = await play({
      options: { boards: 2, presses: 6, schedule: { kind: 'steady', rate: 1 } },
    });
    const first = carried.filter(({ ep }) => ep === 'board-0001');
    expect(first.map(({ value }) => value)).toEqual([1, 2, 3]);
    expect(new Set(first.map(({ boot }) => boot)).size).toBe(1);
    expect(first[0]?.hour).toBe('2026-01-01 00:00:00');
    const began = Date.UTC(2026, 0, 1);
    for (const { boot, at } of carried) {
      expect(boot).toBeGreaterThanOrEqual(began);
      expect(at).toBeGreaterThanOrEqual(boot);
      expect(at).toBeLessThan(world.wall());
    }
  });

  test('what nobody observes is not told, and not waited for; the boards hold it', async () => {
    const { summary, carried, world } = await play({ wanted: [] });
    expect(summary).toMatchObject({ batches: 0, undelivered: 0, lwm2m: { registered: 10, observed: 0 } });
    expect(summary.pressed).toBe(carried.length);
    expect(summary.pressed).toBeGreaterThan(300);
    expect(world.now()).toBeLessThan(30_000);
  });

  test('what is not observed yet, in a boot that has just begun, is waited for', async () => {
    const { phases } = readScenario(
      `
      boards: 1
      phases:
        - { duration: 500ms, rate: 1, faults: { reboot: 1 } }
        - { duration: 4s, rate: 0 }
        - { duration: 4s, rate: 1 }`,
      'once.yaml',
    );
    const played = await play({
      options: { boards: 1, lwm2m: { phases } },
      plot: (world, wire) => {
        // It registers, but is not asked for anything for a while.
        const isGet = (bytes: Uint8Array): boolean => bytes[1] === METHODS.GET;
        world.after(500, () => {
          wire.reaches = (bytes) => !isGet(bytes);
        });
        world.after(12_000, () => {
          wire.reaches = () => true;
        });
      },
    });
    expect(played.summary).toMatchObject({ pressed: 4, died: 1 });
    expect(played.world.now()).toBeGreaterThan(12_000);
    expect(played.summary.lwm2m.played.reboot).toBeGreaterThan(0);
    expect(played.summary.undelivered).toBe(0);
    expectExact(played);
  });
});

test('a value that is acknowledged tells of all presses up to it, once', () => {
  const { ledger, carried } = recording();
  const books = new Books(ledger, () => Date.UTC(2026, 0, 1, 12));
  const pending = new Pending();
  pending.presses = [3, 4, 5, 6].map((value) => ({ at: Date.UTC(2026, 0, 1, 12) - 100, value, n: 1 }));
  books.acknowledge('b', pending, 2);
  expect(carried).toEqual([]);
  books.acknowledge('b', pending, 5);
  books.acknowledge('b', pending, 5);
  books.acknowledge('b', pending, 4);
  expect(carried.map(({ value, hour }) => `${value} ${hour}`)).toEqual(
    [3, 4, 5].map((n) => `${n} 2026-01-01 12:00:00`),
  );
  expect(pending.sum).toBe(1);
  expect(books.latency.count).toBe(3);
  expect(books.latency.percentile(50)).toBeCloseTo(100_000, -3);
});

describe('with faults', () => {
  test('a press whose board reboots is carried if it was acknowledged, else it died: maybe, if it was on its way', async () => {
    const played = await play({
      options: { faults: parseFaults('reboot=0.1'), schedule: { kind: 'steady', rate: 10 } },
    });
    const { summary, died } = played;
    expect(summary.lwm2m.played.reboot).toBeGreaterThan(5);
    expect(died.length).toBe(summary.lwm2m.played.reboot);
    expect(died.every(({ maybe }) => maybe === true)).toBe(true);
    expect(summary.lwm2m.maybe).toBe(sumOfLines(died));
    expectExact(played);
    // They were on their way, and this wire loses nothing.
    const counted = [...played.counted.values()].reduce((sum, n) => sum + n);
    expect(counted).toBe(summary.pressed + summary.died);
  });

  test('a press that nobody observes dies with its board, and nobody can have counted it', async () => {
    const { summary, died, counted } = await play({
      wanted: [],
      options: { faults: parseFaults('reboot=1'), drainMs: 5_000, schedule: { kind: 'steady', rate: 2 } },
    });
    expect(died.length).toBeGreaterThan(10);
    expect(died.some(({ maybe }) => maybe === true)).toBe(false);
    expect(summary).toMatchObject({ pressed: 0, undelivered: 0, died: died.length, lwm2m: { maybe: 0 } });
    expect([...counted.values()].every((n) => n === 0)).toBe(true);
  });

  test('a counter that goes round is told as all its presses', async () => {
    const played = await play({ options: { faults: parseFaults('wrap=1'), schedule: { kind: 'steady', rate: 20 } } });
    const { summary, carried } = played;
    expect(summary.pressed).toBe(10 * 65_530 + 400);
    expect(carried.filter(({ n }) => n === 65_530)).toHaveLength(10);
    expect(carried.filter(({ value }) => value === 0)).toHaveLength(10);
    expect(summary.undelivered).toBe(0);
    expectExact(played);
  });

  test('presses that are told together are carried together, the last ones at the end', async () => {
    const played = await play({ options: { faults: parseFaults('coalesce=0.8') } });
    const { summary, carried } = played;
    expect(carried).toHaveLength(summary.pressed);
    expect(summary.batches).toBeLessThan(summary.pressed / 2);
    expect(summary).toMatchObject({ died: 0, undelivered: 0 });
    expectExact(played);
  });

  test('over datagrams silence loses what is sent, and nothing of what is pressed', async () => {
    const played = await play({
      options: { faults: parseFaults('silence=0.02'), schedule: { kind: 'steady', rate: 5 } },
    });
    const { summary } = played;
    expect(summary.lwm2m.played.silence).toBeGreaterThan(0);
    expect(summary.lwm2m.retransmissions).toBeGreaterThan(0);
    expect(played.wire.sent).toBeLessThan(summary.requests);
    expectExact(played);
  });

  test.each(['tls', 'tcp'] as const)('over %s what is said in silence comes later, all of it', async (transport) => {
    const { phases } = readScenario(
      `
      boards: 10
      phases:
        - { duration: 20s, rate: 5, faults: { silence: 0.02 } }
        - { duration: 80s, rate: 0 }`,
      'silence.yaml',
    );
    const played = await play({ transport, options: { lwm2m: { phases } } });
    expect(played.summary.lwm2m.played.silence).toBeGreaterThan(0);
    expect(played.wire.sent).toBe(played.summary.requests);
    expectExact(played);
  });

  test('a connection that is cut is made again, and told the rest', async () => {
    const faults = parseFaults('disconnect=0.05,reboot=0.02,coalesce=0.2');
    const played = await play({ transport: 'tls', options: { faults, durationMs: 60_000 } });
    const { summary } = played;
    expect(summary.lwm2m.played.disconnect).toBeGreaterThan(5);
    expect(summary.lwm2m.connections).toBeGreaterThan(10 + summary.lwm2m.played.disconnect / 2);
    expect(summary.lwm2m.errors.network).toBeGreaterThanOrEqual(summary.lwm2m.played.disconnect);
    expectExact(played);
  });

  test('a bad network: every press that a board could tell is told', async () => {
    const faults = parseFaults('loss=0.1,duplicate=0.1,reorder=0.1,delay=0.1,jitter=0.3,coalesce=0.2,reboot=0.01');
    const played = await play({ options: { faults, durationMs: 60_000 } });
    for (const fault of ['loss', 'duplicate', 'reorder', 'delay', 'jitter'] as const) {
      expect(played.summary.lwm2m.played[fault]).toBeGreaterThan(10);
    }
    expect(played.summary.undelivered).toBe(0);
    expectExact(played);
  });
});
