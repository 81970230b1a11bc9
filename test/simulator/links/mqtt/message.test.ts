import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeNotification } from '../../../../cloud/protocol/notification/decode.ts';
import { DIALECTS } from '../../../../cloud/protocol/notification/message.ts';
import type { Outgoing } from '../../../../simulator/fleet/outgoing.ts';
import { boardMessages, lastWill } from '../../../../simulator/links/mqtt/message.ts';

const event = (sequence: number, board: number, boot: number): Outgoing => {
  return { sequence, board, boot, at: sequence, kind: 'update' };
};
const encode = (events: readonly Outgoing[]) => new TextEncoder().encode(events.map(({ sequence }) => sequence).join());

test('every event is in one message of its board, in order, and no message is too long or of two boots', () => {
  const batches = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.boolean()), { maxLength: 60 });
  fc.assert(
    fc.property(batches, fc.integer({ min: 3, max: 40 }), (plan, most) => {
      const boots = [0, 0, 0, 0];
      const batch = plan.map(([board, reboots], sequence) => {
        if (reboots) boots[board]! += 1;
        return event(sequence, board, boots[board]!);
      });
      const messages = boardMessages(batch, encode, most);
      expect([...messages.keys()]).toEqual([...new Set(batch.map(({ board }) => board))]);
      for (const [board, of] of messages) {
        expect(of.flatMap(({ events }) => events)).toEqual(batch.filter((one) => one.board === board));
        for (const { boot, events, payload } of of) {
          expect(payload.byteLength).toBeLessThanOrEqual(most);
          expect(new Set(events.map((one) => one.boot))).toEqual(new Set([boot]));
          expect(payload).toEqual(encode(events));
        }
      }
    }),
    { numRuns: 2_000 },
  );
});

test('what a board says together is one message; what its next boot says is another', () => {
  const batch = [event(0, 1, 0), event(1, 2, 0), event(2, 1, 0), event(3, 1, 9)];
  const of = boardMessages(batch, encode, 1_000).get(1)!;
  expect(of.map(({ boot, events }) => [boot, events.map(({ sequence }) => sequence)])).toEqual([
    [0, [0, 2]],
    [9, [3]],
  ]);
});

test('an event that is too long by itself goes as it is', () => {
  expect(boardMessages([event(12_345, 0, 0)], encode, 3).get(0)).toHaveLength(1);
});

test.each(DIALECTS)('a will in the %s dialect says that the registration is over, and nothing else', (dialect) => {
  const { message, refused } = decodeNotification(lastWill('board-0001', dialect));
  expect(refused).toEqual([]);
  expect(message.registrationsExpired).toEqual([{ ep: 'board-0001' }]);
  expect(message.registrations.length + message.notifications.length).toBe(0);
});
