/** The counting rules one by one. The random histories are in fold.property.test.ts. */
import { describe, expect, test } from '@jest/globals';
import type { CounterEvent } from '../../../cloud/ingest/events.ts';
import { type Change, fold } from '../../../cloud/ingest/fold.ts';
import { type EndpointState, newState } from '../../../cloud/ingest/state.ts';

type Body = readonly CounterEvent[];

const reg = (stamp: { boot?: number; uid?: string; timestamp?: number } = {}): CounterEvent => {
  return { kind: 'registration', ...stamp };
};
const val = (value: number, stamp: { boot?: number; uid?: string; timestamp?: number } = {}): CounterEvent => {
  return { kind: 'value', value, ...stamp };
};
const boot = (beginning: number, value: number): CounterEvent => val(value, { boot: beginning });

/** Presses that each body adds; bodies that are the same object are the same bytes. */
function play(...bodies: Body[]): number[] {
  return changes(...bodies).map(({ presses }) => presses);
}

function changes(...bodies: Body[]): Change[] {
  let state: EndpointState = newState('board');
  return bodies.map((events) => {
    const change = fold(state, { endpoint: 'board', body: `body ${bodies.indexOf(events)}`, receivedAt: 0, events });
    state = change.state;
    return change;
  });
}

const rows: Record<string, [string, Body[], number[]][]> = {
  'with boot': [
    ['the first value of a boot counts whole', [[boot(1, 7)]], [7]],
    ['a later value counts the difference', [[boot(1, 7)], [boot(1, 9)]], [7, 2]],
    ['the same value counts nothing', [[boot(1, 7)], [boot(1, 7)]], [7, 0]],
    ['an older value counts nothing', [[boot(1, 7)], [boot(1, 5)]], [7, 0]],
    ['the counter wraps', [[boot(1, 65_535)], [boot(1, 2)]], [65_535, 3]],
    ['2^15 - 1 presses at once count', [[boot(1, 0)], [boot(1, 32_767)]], [0, 32_767]],
    ['a newer boot counts whole, even above the last value', [[boot(1, 7)], [boot(2, 9)]], [7, 9]],
    ['an older boot not yet heard of counts whole', [[boot(2, 7)], [boot(1, 3)]], [7, 3]],
    ['a late value of an older boot counts its difference', [[boot(1, 7)], [boot(2, 1)], [boot(1, 9)]], [7, 1, 2]],
    ['four boots are held', [[boot(1, 1)], [boot(2, 2)], [boot(3, 3)], [boot(4, 4)], [boot(1, 3)]], [1, 2, 3, 4, 2]],
    [
      'a fifth pushes out the oldest, whose late values count nothing',
      [[boot(1, 1)], [boot(2, 2)], [boot(3, 3)], [boot(4, 4)], [boot(5, 5)], [boot(1, 9)], [boot(2, 3)]],
      [1, 2, 3, 4, 5, 0, 1],
    ],
    [
      'a boot between those held counts whole',
      [[boot(1, 1)], [boot(2, 2)], [boot(4, 4)], [boot(5, 5)], [boot(3, 9)], [boot(1, 2)]],
      [1, 2, 4, 5, 9, 0],
    ],
    ['a registration changes nothing', [[boot(1, 7)], [reg({ boot: 1 }), boot(1, 3)]], [7, 0]],
    ['a timestamp changes nothing', [[val(7, { boot: 1, timestamp: 9 })], [val(8, { boot: 1, timestamp: 2 })]], [7, 1]],
    ['after values without boot, a boot counts whole', [[val(7)], [boot(1, 3)]], [1, 3]],
    ['a value without boot goes by the newest', [[boot(1, 7)], [boot(2, 3)], [val(5)]], [7, 3, 2]],
  ],
  'without boot': [
    ['the first value ever counts 1', [[val(7)]], [1]],
    ['the first value ever that is 0 counts nothing', [[val(0)], [val(2)]], [0, 2]],
    ['the first value ever after a registration counts whole', [[reg(), val(7)]], [7]],
    ['also a body later', [[reg()], [val(7)]], [0, 7]],
    ['a later value counts the difference', [[reg(), val(7)], [val(9)]], [7, 2]],
    ['the counter wraps', [[reg(), val(65_535)], [val(2)]], [65_535, 3]],
    ['it wraps in the body of the first registration ever', [[reg(), val(65_535), val(2)]], [65_538]],
    ['a lower value without a registration is old', [[reg(), val(7)], [val(5)]], [7, 0]],
    [
      'a lower value in the body of a registration is a reboot',
      [
        [reg(), val(7)],
        [reg(), val(5)],
      ],
      [7, 5],
    ],
    [
      'also behind values from before the reboot',
      [
        [reg(), val(7)],
        [reg(), val(9), val(5)],
      ],
      [7, 7],
    ],
    [
      'two registrations in a body allow two reboots',
      [
        [reg(), val(7)],
        [reg(), reg(), val(5), val(2)],
      ],
      [7, 7],
    ],
    [
      'one registration allows one reboot',
      [
        [reg(), val(7)],
        [reg(), val(5), val(2)],
      ],
      [7, 5],
    ],
    ['the first value of the next body may be a reboot', [[reg(), val(7)], [reg()], [val(5)]], [7, 0, 5]],
    ['the second value of the next body may not', [[reg(), val(7)], [reg()], [val(8), val(5)]], [7, 0, 1]],
    ['nor one of the body after that', [[reg(), val(7)], [reg()], [val(8)], [val(5)]], [7, 0, 1, 0]],
    [
      'a registration without a reboot: the same value counts nothing',
      [
        [reg(), val(7)],
        [reg(), val(7)],
      ],
      [7, 0],
    ],
    ['a registration without a reboot: the next counts', [[reg(), val(7)], [reg()], [val(7)], [val(8)]], [7, 0, 0, 1]],
    ['a reboot told with 0 counts from there', [[reg(), val(7)], [reg(), val(0)], [val(2)]], [7, 0, 2]],
  ],
  'redelivery without boot': [
    [
      'a value older than the last is ignored',
      [[reg(), val(7, { timestamp: 10 })], [val(9, { timestamp: 20 })], [val(8, { timestamp: 15 })]],
      [7, 2, 0],
    ],
    [
      'the last value once more does not settle a registration that came after it',
      [[reg(), val(7, { timestamp: 10 })], [reg()], [val(7, { timestamp: 10 })], [val(2, { timestamp: 20 })]],
      [7, 0, 0, 2],
    ],
    [
      'nor is it a reboot, with a registration not settled yet',
      [[reg(), val(7, { timestamp: 10 })], [val(9, { timestamp: 20 })], [reg()], [val(8, { timestamp: 15 })]],
      [7, 2, 0, 0],
    ],
    [
      'at equal timestamps the difference decides, and a lower value is no reboot',
      [
        [reg(), val(7, { timestamp: 10 })],
        [reg(), val(5, { timestamp: 10 }), val(8, { timestamp: 10 })],
      ],
      [7, 1],
    ],
    [
      'a registration older than the last value counts nothing, whether its id is remembered or not',
      [
        [reg({ timestamp: 5 }), val(7, { timestamp: 10 })],
        [val(9, { timestamp: 20 })],
        [reg({ timestamp: 5 })],
        [val(3)],
      ],
      [7, 2, 0, 0],
    ],
    [
      'a registration with an id counts once',
      [[reg({ uid: 'r' }), val(7)], [val(9)], [reg({ uid: 'r' }), val(8)]],
      [7, 2, 0],
    ],
  ],
};

for (const [group, table] of Object.entries(rows)) {
  describe(group, () => {
    test.each(table)('%s', (_what, bodies, presses) => {
      expect(play(...bodies)).toEqual(presses);
    });
  });
}

test('the body applied last, once more, changes nothing but the stale count', () => {
  const body = [reg(), val(7), val(8)];
  const [first, again] = changes(body, body);
  expect(again).toMatchObject({ presses: 0, stale: 2, state: { ...first?.state, stale: 2 } });
});

test('stale: values that are no newer than what was counted', () => {
  const told = changes([boot(1, 7), boot(1, 7), boot(1, 5)], [boot(1, 8)], [val(8), val(3)]);
  expect(told.map(({ stale }) => stale)).toEqual([2, 0, 2]);
  expect(told.at(-1)?.state.stale).toBe(4);
});

test('presses are filed under the hour of their own event', () => {
  const [change] = changes([
    val(2, { boot: 1, timestamp: 3_599_999 }),
    val(5, { boot: 1, timestamp: 3_600_000 }),
    boot(1, 6),
  ]);
  expect(change?.hours).toEqual(
    new Map([
      [0, 3],
      [1, 3],
    ]),
  );
});

test('the state is bounded, whatever comes', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => [reg({ uid: `u${index}` }), boot(index, 1)]);
  const state = changes(...many).at(-1)?.state;
  expect(state?.boots.length).toBe(4);
  expect(state?.uids.length).toBe(4);
});

test('the state given is not touched', () => {
  const state = Object.freeze({ ...newState('board'), boots: Object.freeze([Object.freeze({ boot: 1, last: 3 })]) });
  expect(fold(state, { endpoint: 'board', body: 'b', receivedAt: 0, events: [boot(1, 5), boot(2, 1)] }).presses).toBe(
    3,
  );
});
