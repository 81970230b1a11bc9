/** Which of two copies knows more: of one history the later one, however it is delivered; of two histories neither. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareCopies } from '../../../cloud/ingest/copy-order.ts';
import { EventSorter } from '../../../cloud/ingest/event-sorter.ts';
import { fold } from '../../../cloud/ingest/fold.ts';
import { newState } from '../../../cloud/ingest/state.ts';
import type { EndpointCopy } from '../../../cloud/ingest/store.ts';
import { HOUR_MS, hourOf } from '../../../cloud/protocol/hour.ts';
import { commands, type Delivery, type Mode, play } from './history.ts';

const NOW = Date.UTC(2026, 0, 9);

/** What a store has after these deliveries. */
function copyOf(deliveries: readonly Delivery[]): EndpointCopy {
  let state = newState('board');
  const hours = new Map<string, number>();
  for (const [index, { message, copies }] of deliveries.entries()) {
    for (let copy = 0; copy < copies; copy += 1) {
      const sorter = new EventSorter(JSON.stringify(message) ?? String(index), NOW);
      for (const registration of message.registrations ?? []) sorter.addRegistration(registration);
      for (const notification of message.notifications ?? []) sorter.addNotification(notification);
      for (const events of sorter.batch()) {
        const change = fold(state, events);
        state = change.state;
        for (const [at, added] of change.hours) {
          const hour = hourOf(at * HOUR_MS);
          hours.set(hour, (hours.get(hour) ?? 0) + added);
        }
      }
    }
  }
  const sorted = [...hours].sort(([a], [b]) => (a < b ? -1 : 1));
  return { state, hours: sorted.map(([hour, count]) => ({ endpoint: 'board', hour, count })) };
}

const sum = ({ hours }: EndpointCopy): number => hours.reduce((total, { count }) => total + count, 0);

test.each<Mode>(['boot', 'uid', 'plain'])(
  'a copy of earlier is never newer; with fewer presses it is older (%s)',
  (mode) => {
    fc.assert(
      fc.property(commands(), fc.double({ min: 0, max: 1, noNaN: true }), (todo, at) => {
        const { deliveries } = play(mode, 'board', 0, todo);
        const [before, after] = [copyOf(deliveries.slice(0, Math.floor(at * deliveries.length))), copyOf(deliveries)];
        expect(compareCopies(before, before)).toBe('same');
        expect(compareCopies(before, after)).not.toBe('newer');
        expect(compareCopies(after, before)).not.toBe('older');
        if (sum(before) === sum(after)) return;
        expect(compareCopies(before, after)).toBe('older');
        expect(compareCopies(after, before)).toBe('newer');
      }),
      { numRuns: 300 },
    );
  },
);

const NOON = '2026-03-01 12:00:00';
const [LATER] = ['2026-03-01 13:00:00'];

function copy(hours: Readonly<Record<string, number>>, more: Partial<EndpointCopy['state']> = {}): EndpointCopy {
  const counts = Object.entries(hours).map(([hour, count]) => ({ endpoint: 'board', hour, count }));
  return { state: { ...newState('board'), ...more }, hours: counts };
}

const boots = (boot: number, last = 1) => ({ boots: [{ boot, last }] });

test.each([
  ['each has counted something of its own', copy({ [NOON]: 3 }), copy({ [LATER]: 3 }), 'apart'],
  ['one hour more, another less', copy({ [NOON]: 3, [LATER]: 1 }), copy({ [NOON]: 2, [LATER]: 2 }), 'apart'],
  ['more presses, but of an older boot', copy({ [NOON]: 9 }, boots(1)), copy({ [NOON]: 3 }, boots(2)), 'apart'],
  ['the same presses, and one stale value more', copy({ [NOON]: 3 }, { stale: 1 }), copy({ [NOON]: 3 }), 'newer'],
  ['the same presses, and a newer boot', copy({ [NOON]: 3 }, boots(1)), copy({ [NOON]: 3 }, boots(2, 0)), 'older'],
  ['one more registration', copy({}, { uids: ['a'] }), copy({}, { uids: ['a', 'b'] }), 'older'],
  ['the first registration', copy({}, { uids: ['a'], registered: true }), copy({}), 'newer'],
  ['registrations that neither has of the other', copy({}, { uids: ['a'] }), copy({}, { uids: ['b'] }), 'apart'],
  [
    'an id that was forgotten came again',
    copy({}, { uids: ['c', 'd', 'e', 'a'] }),
    copy({}, { uids: ['a', 'b', 'c', 'd'] }),
    'apart',
  ],
  ['ids that moved on', copy({}, { uids: ['b', 'c', 'd', 'e'] }), copy({}, { uids: ['a', 'b', 'c', 'd'] }), 'newer'],
  [
    'all hours, and the state still that of before',
    copy({ [NOON]: 9 }, boots(1, 4)),
    copy({ [NOON]: 9 }, boots(1, 9)),
    'older',
  ],
  ['the same around the wrap', copy({ [NOON]: 9 }, boots(1, 65_530)), copy({ [NOON]: 9 }, boots(1, 3)), 'older'],
  [
    'another body of a board that tells its boot',
    copy({}, { ...boots(1), body: 'x' }),
    copy({}, { ...boots(1), body: 'y' }),
    'same',
  ],
  ['another body, and nothing that says which was later', copy({}, { body: 'x' }), copy({}, { body: 'y' }), 'apart'],
  ['nothing at all', copy({}), copy({}), 'same'],
] as const)('%s', (_what, one, other, expected) => {
  expect(compareCopies(one, other)).toBe(expected);
  const back = { newer: 'older', older: 'newer', apart: 'apart', same: 'same' } as const;
  expect(compareCopies(other, one)).toBe(back[expected]);
});
