/** Quiet peers, against a list that is kept the plain way. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LastHeard } from '../../../../cloud/connector/transports/last-heard.ts';
import { VirtualWorld } from '../../protocol/coap/virtual-world.ts';

const QUIET_MS = 1_000;

test('each is told of once, a quiet time after it was last heard of, to an eighth more; nobody else is', async () => {
  const step = fc.record({ waitMs: fc.nat(400), peer: fc.constantFrom('a', 'b', 'c', 'd'), heard: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const world = new VirtualWorld();
      const last = new Map<string, number>();
      const list = new LastHeard<string>(world, QUIET_MS, (peer) => {
        const quietMs = world.now() - last.get(peer)!;
        // It may have been heard again within a hundredth.
        expect(quietMs).toBeGreaterThanOrEqual(QUIET_MS - QUIET_MS / 100);
        expect(quietMs).toBeLessThanOrEqual(QUIET_MS + QUIET_MS / 8);
        last.delete(peer);
      });
      for (const { waitMs, peer, heard } of steps) {
        await world.pass(waitMs);
        if (heard) {
          list.heard(peer);
          last.set(peer, world.now());
        } else {
          list.forget(peer);
          last.delete(peer);
        }
        expect(list.size).toBe(last.size);
      }
      await world.pass(2 * QUIET_MS);
      expect([list.size, last.size, world.pending]).toEqual([0, 0, 0]);
    }),
  );
});

test('the quietest is the one that was heard of longest ago', async () => {
  const world = new VirtualWorld();
  const list = new LastHeard<string>(world, QUIET_MS, () => {});
  for (const peer of ['a', 'b', 'c', 'a']) {
    list.heard(peer);
    await world.pass(50);
  }
  expect(list.quietest).toBe('b');
  list.forget('b');
  expect(list.quietest).toBe('c');
  list.close();
  expect(world.pending).toBe(0);
  expect(list.quietest).toBeUndefined();
});
