/** Who may come in, against the rules counted the plain way. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Admission } from '../../../../cloud/connector/transports/admission.ts';

interface Guest {
  readonly address: string;
  readonly number: number;
}

const LIMITS = { connections: 6, perAddress: 3, halfOpen: 5 };

test('no limit is ever passed, and who goes is the oldest of the address that has the most', () => {
  const step = fc.record({
    what: fc.constantFrom('arrive', 'arrive', 'arrive', 'begin', 'leave'),
    address: fc.constantFrom('a', 'b', 'c'),
    pick: fc.nat(20),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 100 }), (steps) => {
      const admission = new Admission<Guest>(LIMITS);
      let halfOpen: Guest[] = [];
      let open: Guest[] = [];
      const of = (guests: Guest[], address: string) => guests.filter((one) => one.address === address);
      for (const [number, { what, address, pick }] of steps.entries()) {
        if (what === 'arrive') {
          const guest = { address, number };
          const counts = Object.fromEntries(['a', 'b', 'c'].map((one) => [one, of(halfOpen, one)]));
          const most = Math.max(...Object.values(counts).map(({ length }) => length));
          const out = admission.arrive(guest);
          expect(out !== undefined).toBe(halfOpen.length === LIMITS.halfOpen);
          if (out !== undefined) {
            expect(counts[out.address]).toHaveLength(most);
            expect(counts[out.address]![0]).toBe(out);
          }
          halfOpen = [...halfOpen.filter((one) => one !== out), guest];
        } else if (what === 'begin' && halfOpen.length > 0) {
          const guest = halfOpen[pick % halfOpen.length]!;
          const why = admission.begin(guest);
          const full = open.length >= LIMITS.connections;
          const addressFull = of(open, guest.address).length >= LIMITS.perAddress;
          expect(why).toBe(full ? 'full' : addressFull ? 'address-full' : undefined);
          if (why === undefined) {
            halfOpen = halfOpen.filter((one) => one !== guest);
            open = [...open, guest];
          }
        } else if (what === 'leave') {
          const everybody = [...halfOpen, ...open];
          const guest = everybody[pick % Math.max(1, everybody.length)];
          if (guest === undefined) continue;
          admission.leave(guest);
          admission.leave(guest);
          halfOpen = halfOpen.filter((one) => one !== guest);
          open = open.filter((one) => one !== guest);
        }
        expect([admission.halfOpen, admission.open]).toEqual([halfOpen.length, open.length]);
      }
    }),
  );
});
