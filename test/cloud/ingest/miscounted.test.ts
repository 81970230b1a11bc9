/**
 * What can still be miscounted, and why nobody can know better: the README's table, row by row. Each test shows the
 * miscount where it is one and, where there is one, what takes it away. A row that is counted right one day goes.
 */
import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import type { CounterEvent } from '../../../cloud/ingest/events.ts';
import { fold } from '../../../cloud/ingest/fold.ts';
import { newState } from '../../../cloud/ingest/state.ts';

const reg = (timestamp?: number): CounterEvent => {
  return timestamp === undefined ? { kind: 'registration' } : { kind: 'registration', timestamp };
};
const val = (value: number, boot?: number, timestamp?: number): CounterEvent => {
  return {
    kind: 'value',
    value,
    ...(boot === undefined ? {} : { boot }),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
};

function count(...bodies: (readonly CounterEvent[])[]): number {
  let [state, total] = [newState('board'), 0];
  for (const events of bodies) {
    const body = JSON.stringify(events);
    const change = fold(state, { endpoint: 'board', body, receivedAt: 0, events });
    state = change.state;
    total += change.presses;
  }
  return total;
}

interface Row {
  /** The first cell of the README's row. */
  readonly row: string;
  readonly bodies: (readonly CounterEvent[])[];
  readonly pressed: number;
  readonly counted: number;
  /** The same presses, with `boot`, where that helps. */
  readonly told?: (readonly CounterEvent[])[];
}

const rows: Row[] = [
  {
    row: 'No boot: after a reboot, the first value is not below the last one',
    bodies: [[reg(), val(3)], [reg(), val(3)], [val(4)]],
    pressed: 7,
    counted: 4,
    told: [[val(3, 1)], [val(3, 2)], [val(4, 2)]],
  },
  {
    row: 'No boot: the registration after a reboot was lost',
    bodies: [[reg(), val(3)], [val(1)], [val(2)], [val(5)]],
    pressed: 8,
    counted: 5,
    told: [[val(3, 1)], [val(1, 2)], [val(2, 2)], [val(5, 2)]],
  },
  {
    row: 'No boot: the same, and the old value was above 2^15',
    bodies: [[reg(), val(60_000)], [val(5)]],
    pressed: 60_005,
    counted: 65_541,
    told: [[val(60_000, 1)], [val(5, 2)]],
  },
  {
    row: 'No boot: the counter wraps in the body of a registration that was no reboot',
    bodies: [
      [reg(), val(65_530)],
      [reg(), val(65_534), val(2)],
    ],
    pressed: 65_538,
    counted: 65_536,
    told: [[val(65_530, 1)], [val(65_534, 1), val(2, 1)]],
  },
  {
    row: 'No boot: the counter wraps in the first value after a registration that was no reboot',
    bodies: [[reg(), val(65_534)], [reg()], [val(2)]],
    pressed: 65_538,
    counted: 65_536,
    told: [[val(65_534, 1)], [val(2, 1)]],
  },
  {
    row: 'No boot: a timestamp was up to five minutes ahead, and the board reboots before that time comes',
    bodies: [[reg(0), val(6, undefined, 300)], [reg(100), val(1, undefined, 101)], [val(5, undefined, 310)]],
    pressed: 11,
    counted: 6,
    told: [[val(6, 1, 300)], [val(1, 2, 101)], [val(5, 2, 310)]],
  },
  {
    row: 'No boot: the board was in use before its first registration was seen',
    bodies: [[val(40)], [val(41)]],
    pressed: 41,
    counted: 2,
    told: [[val(40, 1)], [val(41, 1)]],
  },
  {
    row: 'No uid: two reboots in a row with the same single body of registration and value',
    bodies: [
      [reg(), val(1)],
      [reg(), val(1)],
    ],
    pressed: 2,
    counted: 1,
    told: [[val(1, 1)], [val(1, 2)]],
  },
  {
    row: 'No uid: an older body arrives once more, after a newer one, right after or with a registration',
    bodies: [
      [reg(), val(7)],
      [reg(), val(9)],
      [reg(), val(7)],
    ],
    pressed: 9,
    counted: 16,
    told: [[val(7, 1)], [val(9, 1)], [val(7, 1)]],
  },
  {
    row: '2^15 presses or more between two values that arrive',
    bodies: [[val(1, 1)], [val(32_769, 1)]],
    pressed: 32_769,
    counted: 1,
  },
  {
    row: 'A copy of a value that comes more than 2^15 presses late',
    bodies: [[val(1, 1)], [val(30_000, 1)], [val(32_770, 1)], [val(1, 1)]],
    pressed: 32_770,
    counted: 65_537,
  },
  {
    row: '2^16 presses or more before the first value of a boot arrives',
    bodies: [[val(4, 1)]],
    pressed: 65_540,
    counted: 4,
  },
  {
    row: 'The first value of a boot arrives when four newer boots were heard of',
    bodies: [[val(1, 2)], [val(1, 3)], [val(1, 4)], [val(1, 5)], [val(6, 1)]],
    pressed: 10,
    counted: 4,
  },
];

test.each(rows)('$row', ({ bodies, pressed, counted, told }) => {
  expect(count(...bodies)).toBe(counted);
  expect(counted).not.toBe(pressed);
  if (told !== undefined) expect(count(...told)).toBe(pressed);
});

test("the README's table has these rows and no other", async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  const table = /<!-- miscounted -->\n([\s\S]*?)<!-- \/miscounted -->/.exec(readme)?.[1] ?? '';
  const cells = table.split('\n').map((line) => line.split('|')[1]?.trim().replaceAll('`', ''));
  const told = cells.slice(2).filter((cell) => cell !== undefined && cell !== '');
  expect(told).toEqual(rows.map(({ row }) => row));
});
