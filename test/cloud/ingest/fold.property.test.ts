/** Random histories through the pure fold, compared with the oracle. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EventSorter } from '../../../cloud/ingest/event-sorter.ts';
import { fold } from '../../../cloud/ingest/fold.ts';
import { newState } from '../../../cloud/ingest/state.ts';
import { HOUR_MS, hourOf } from '../../../cloud/protocol/hour.ts';
import type { NotificationMessage } from '../../../cloud/protocol/notification/message.ts';
import { commands, type History, type Mode, play } from './history.ts';

const RUNS = 20_000;
const RECEIVED_AT = Date.UTC(2026, 5, 1);

test.each<Mode>(['boot', 'uid', 'plain'])('every press counts once, in its hour, in 20,000 histories (%s)', (mode) => {
  const property = fc.property(commands(), fc.constantFrom(0, 0, 65_530), (todo, startCount) => {
    const history = play(mode, 'board', startCount, todo);
    const counted = count(history);
    if (mode === 'plain') expect(sum(counted)).toBe(sum(history.hours));
    else expect(sorted(counted)).toEqual(sorted(history.hours));
  });
  fc.assert(property, { numRuns: RUNS, seed: 20_171_123 });
});

/** The pure part of the pipeline; a body is named by its identity, as its hash would. */
function count({ deliveries }: History): Map<string, number> {
  const names = new Map<Partial<NotificationMessage>, string>();
  const hours = new Map<string, number>();
  let state = newState('board');
  for (const { message, copies } of deliveries) {
    const body = names.get(message) ?? JSON.stringify(message);
    names.set(message, body);
    for (let copy = 0; copy < copies; copy++) {
      const sorter = new EventSorter(body, RECEIVED_AT);
      for (const registration of message.registrations ?? []) sorter.addRegistration(registration);
      for (const notification of message.notifications ?? []) sorter.addNotification(notification);
      for (const events of sorter.batch()) {
        const change = fold(state, events);
        state = change.state;
        for (const [hours1970, presses] of change.hours) {
          const hour = hourOf(hours1970 * HOUR_MS);
          hours.set(hour, (hours.get(hour) ?? 0) + presses);
        }
      }
    }
  }
  return hours;
}

function sum(hours: ReadonlyMap<string, number>): number {
  return hours.values().reduce((total, presses) => total + presses, 0);
}

function sorted(hours: ReadonlyMap<string, number>): [string, number][] {
  return [...hours].sort(([a], [b]) => (a < b ? -1 : 1));
}
