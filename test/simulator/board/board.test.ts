import { describe, expect, test } from '@jest/globals';
import { type Action, type Board, type BoardEvent, newBoard, react } from '../../../simulator/board/board.ts';

const POWER_UP: BoardEvent = { kind: 'power-up', joinAfter: 2_000, tickAfter: 15_000 };
const [EDGE, LOOP, TICK, JOIN, REGISTERED, POWER_OFF] = (
  ['edge', 'loop', 'tick', 'join', 'registered', 'power-off'] as const
).map((kind): BoardEvent => ({ kind })) as [BoardEvent, BoardEvent, BoardEvent, BoardEvent, BoardEvent, BoardEvent];

const NOTIFY = (value: string, path = '/3200/0/5501'): Action => ({ do: 'notify', path, value });
const WAKE = (wake: 'join' | 'loop' | 'tick', after: number): Action => ({ do: 'wake', wake, after });

/** The board after these events, and what the last of them made it do. */
function live(events: readonly BoardEvent[], board: Board = newBoard()): { board: Board; actions: readonly Action[] } {
  let actions: readonly Action[] = [];
  for (const event of events) actions = react(board, event);
  return { board, actions };
}

const ON = [POWER_UP, JOIN, REGISTERED];

const TABLE: readonly [string, readonly BoardEvent[], readonly Action[]][] = [
  ['power-up: joins its network and starts the ticker', [POWER_UP], [WAKE('join', 2_000), WAKE('tick', 15_000)]],
  ['joined: asks to register', [POWER_UP, JOIN], [{ do: 'register' }]],
  ['a press waits for the main loop', [...ON, EDGE], [WAKE('loop', 10)]],
  ['the main loop counts it and notifies', [...ON, EDGE, LOOP], [{ do: 'press', value: 1 }, NOTIFY('1')]],
  ['a bounce before the main loop counts nothing', [...ON, EDGE, EDGE], [{ do: 'ignore' }]],
  ['press and bounce are one', [...ON, EDGE, EDGE, LOOP], [{ do: 'press', value: 1 }, NOTIFY('1')]],
  ['before the first registration a press is dropped', [POWER_UP, EDGE, LOOP], [{ do: 'ignore' }]],
  [
    'and the next one counts from 1',
    [POWER_UP, EDGE, LOOP, JOIN, REGISTERED, EDGE, LOOP],
    [{ do: 'press', value: 1 }, NOTIFY('1')],
  ],
  ['without power a press is dropped', [...ON, POWER_OFF, EDGE], [{ do: 'ignore' }]],
  ['power lost before the main loop: the press is gone', [...ON, EDGE, POWER_OFF], [{ do: 'ignore' }]],
  ['power lost otherwise: nothing is said', [...ON, EDGE, LOOP, POWER_OFF], []],
  [
    'a reboot starts from 0',
    [...ON, EDGE, LOOP, POWER_OFF, ...ON, EDGE, LOOP],
    [{ do: 'press', value: 1 }, NOTIFY('1')],
  ],
  [
    'registering again keeps the counter',
    [...ON, EDGE, LOOP, JOIN, REGISTERED, EDGE, LOOP],
    [{ do: 'press', value: 2 }, NOTIFY('2')],
  ],
  [
    'a tick counts and updates the registration',
    [...ON, TICK],
    [WAKE('tick', 15_000), NOTIFY('1', '/3200/0/5502'), { do: 'update' }],
  ],
  ['a tick before the registration only ticks on', [POWER_UP, TICK], [WAKE('tick', 15_000)]],
];

describe('the K64F', () => {
  test.each(TABLE)('%s', (_, events, actions) => {
    expect(live(events).actions).toEqual(actions);
  });

  test.each([
    [1, '1'],
    [65_535, '65535'],
    [65_536, '0'],
    [65_537, '1'],
  ])('press %d notifies %s', (presses, value) => {
    const { board } = live(ON);
    let last: readonly Action[] = [];
    for (let press = 0; press < presses; press++) last = live([EDGE, LOOP], board).actions;
    expect(last).toEqual([{ do: 'press', value: Number(value) }, NOTIFY(value)]);
  });

  test('the timer wraps too', () => {
    const { board } = live(ON);
    board.ticks = 65_535;
    expect(live([TICK], board).actions).toContainEqual(NOTIFY('0', '/3200/0/5502'));
  });
});
