import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Stamper } from '../../../../cloud/connector/events/stamper.ts';
import { seededRandom } from '../../../../cloud/protocol/random.ts';
import { NOON } from './virtual-time.ts';

/** A clock that shows what it is set to. */
function clock(start: number) {
  const random = seededRandom('stamps');
  return { at: start, wall: () => world.at, random: () => random.next() };
}
let world = clock(NOON);

describe('a stamp', () => {
  test('is a UUIDv7 of its time (RFC 9562, section 5.7)', () => {
    world = clock(NOON + 0.75);
    const { uid, timestamp } = new Stamper(world).next();
    expect(timestamp).toBe(NOON);
    expect(uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(uid.replaceAll('-', '').slice(0, 12), 16)).toBe(NOON);
  });

  test('has a counter in front of its random bits (section 6.2, method 1)', () => {
    world = clock(NOON);
    const stamper = new Stamper(world);
    const counters = Array.from({ length: 1_000 }, () => counterOf(stamper.next().uid));
    expect(counters.map((counter) => counter - counters[0]!)).toEqual(counters.map((_, index) => index));
    expect(counters[0]).toBeLessThan(2 ** 41);
  });

  test('has every bit of the counter in its place, and those of the version and the variant around it', () => {
    world = { ...clock(NOON), random: () => 1 - 2 ** -53 };
    expect(new Stamper(world).next().uid.slice(14)).toBe('77ff-bfff-ffffffffffff');
    world = { ...clock(NOON), random: () => 0 };
    expect(new Stamper(world).next().uid.slice(14)).toBe('7000-8000-000000000000');
  });

  test('stays at the last time while the clock is behind it', () => {
    world = clock(NOON);
    const stamper = new Stamper(world);
    const before = stamper.next();
    world.at -= 3_600_000;
    const after = stamper.next();
    expect(after.timestamp).toBe(before.timestamp);
    expect(after.uid > before.uid).toBe(true);
    world.at += 3_600_001;
    expect(stamper.next().timestamp).toBe(NOON + 1);
  });

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('is well formed whatever the clock says: %d', (wall) => {
    world = clock(wall);
    const { uid, timestamp } = new Stamper(world, NOON).next();
    expect(uid).toHaveLength(36);
    expect(timestamp).toBeGreaterThan(NOON);
    expect(timestamp).toBeLessThan(2 ** 48);
  });
});

test('whatever the clock and restarts do, ids go up and times do not go down', () => {
  const step = fc.oneof(
    fc.record({ clock: fc.integer({ min: -100_000, max: 100_000 }) }),
    fc.constant('again' as const),
    fc.constant('restart' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      world = clock(NOON);
      let stamper = new Stamper(world);
      let before = stamper.next();
      for (const one of steps) {
        if (one === 'restart') stamper = new Stamper(world, before.timestamp);
        else if (one !== 'again') world.at += one.clock;
        const after = stamper.next();
        expect(after.uid > before.uid).toBe(true);
        expect(after.timestamp).toBeGreaterThanOrEqual(before.timestamp);
        expect(after.timestamp).toBeGreaterThanOrEqual(world.at);
        before = after;
      }
    }),
  );
});

/** 12 bits after the version, 30 after the variant. */
function counterOf(uid: string): number {
  const low = Number.parseInt(uid.slice(19, 23) + uid.slice(24, 28), 16);
  return Number.parseInt(uid.slice(15, 18), 16) * 2 ** 30 + (low - 2 ** 31);
}
