/**
 * The two ways in which a board with ARM's resend queue of two locks up, and that our firmware's of six has neither: two values
 * that nothing acknowledged leave no room for an update.
 *
 *   a tick's update finds no room ─► stops ─► the next tick is a hard fault
 *   a new connection's update finds no room ─► connected, and silent
 */
import { describe, expect, test } from '@jest/globals';
import { expectExact, type Play, type Played, play } from './playing.ts';

/** Nobody rescues a board. */
const ALONE = { silenceMs: 1e9, quietMs: 1e9 };

/** Twenty boards, a press a second each, for ten seconds; the last three are said into the void. */
function outage(resendQueue: number, how: Play): Promise<Played> {
  return play({
    settings: ALONE,
    ...how,
    options: {
      ...{ boards: 20, schedule: { kind: 'steady', rate: 20 }, durationMs: 10_000, drainMs: 100_000 },
      lwm2m: { resendQueue },
    },
    plot: (world, wire) => {
      world.after(7_000, () => {
        wire.isDown = true;
      });
      world.after(10_500, () => {
        wire.isDown = false;
        if (how.transport === 'tls') wire.cutAll();
      });
    },
  });
}

describe('a tick without room for its update', () => {
  test('is a hard fault a tick later, with a queue of two', async () => {
    const played = await outage(2, { transport: 'udp' });
    const { crashed, lockedUp } = played.summary.lwm2m;
    expect(crashed).toBeGreaterThan(0);
    expect(crashed).toBeLessThan(20);
    expect(lockedUp).toBe(0);
    // What they held is dead with them; the others told all.
    expect(new Set(played.died.map(({ ep }) => ep)).size).toBe(crashed);
    expect(played.summary.undelivered).toBe(0);
    expectExact(played);
  });

  test('is none with a queue of six', async () => {
    const played = await outage(6, { transport: 'udp' });
    expect(played.summary).toMatchObject({ pressed: 200, died: 0, undelivered: 0, lwm2m: { crashed: 0, lockedUp: 0 } });
    expectExact(played);
  });
});

describe('a new connection without room for its update', () => {
  test('leaves a board connected and silent, with a queue of two', async () => {
    const played = await outage(2, { transport: 'tls' });
    const { crashed, lockedUp } = played.summary.lwm2m;
    expect(lockedUp).toBeGreaterThan(0);
    expect(lockedUp + crashed).toBe(20);
    expect(played.summary.died).toBeGreaterThanOrEqual(2 * lockedUp);
    expectExact(played);
  });

  test('is none with a queue of six', async () => {
    const played = await outage(6, { transport: 'tls' });
    expect(played.summary).toMatchObject({ pressed: 200, died: 0, undelivered: 0, lwm2m: { crashed: 0, lockedUp: 0 } });
    expectExact(played);
  });

  test('is rescued by the service, which then counts all', async () => {
    const played = await outage(2, { transport: 'tls', settings: {} });
    expect(played.summary).toMatchObject({ pressed: 200, died: 0, undelivered: 0, lwm2m: { crashed: 0, lockedUp: 0 } });
    expectExact(played);
  });
});

test('presses that a service acknowledges without having got them are not carried by that', async () => {
  const played = await play({
    ...{ transport: 'tls', settings: ALONE },
    options: { boards: 1, schedule: { kind: 'steady', rate: 1 }, durationMs: 25_000, drainMs: 20_000 },
    plot: (world, wire) => {
      world.after(5_500, () => {
        wire.isDown = true;
      });
      world.after(7_500, () => wire.cutAll());
      // It is connected again by then, and its queue is full.
      world.after(24_500, () => wire.acknowledgeAll());
    },
  });
  expect(played.carried.map(({ value }) => value)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(played.summary).toMatchObject({ batches: 6, died: 19, undelivered: 0, lwm2m: { lockedUp: 1 } });
  expectExact(played);
});
