import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { seededRandom } from '../../../cloud/protocol/random.ts';
import type { Faults } from '../../../simulator/faults.ts';
import { Fleet, type Untold } from '../../../simulator/fleet/fleet.ts';
import { endpointName } from '../../../simulator/fleet/names.ts';
import type { Outgoing, OutgoingValue } from '../../../simulator/fleet/outgoing.ts';
import type { Press } from '../../../simulator/schedule/schedule.ts';

interface Setting {
  readonly presses: readonly Press[];
  readonly endMs?: number;
  readonly boards?: number;
  readonly seed?: number;
  readonly faults?: Faults;
}

function fleetOf({ presses, endMs, boards = 3, seed = 1, faults = {} }: Setting) {
  const said: Outgoing[] = [];
  const died: Untold[] = [];
  function* source(): Generator<Press, number, undefined> {
    yield* presses;
    return endMs ?? presses.at(-1)?.at ?? 0;
  }
  const fleet = new Fleet({
    boards,
    random: seededRandom(seed),
    faults,
    presses: source(),
    emit: (item) => said.push(item),
    died: (lost) => died.push(lost),
  });
  return { fleet, said, died };
}

function runToEnd(setting: Setting) {
  const parts = fleetOf(setting);
  parts.fleet.advance(parts.fleet.endsAt === Number.POSITIVE_INFINITY ? 1e9 : parts.fleet.endsAt);
  parts.fleet.letGo();
  return parts;
}

const counters = (said: readonly Outgoing[]): OutgoingValue[] =>
  said.filter((item): item is OutgoingValue => item.kind === 'value' && item.path === '/3200/0/5501');

/** What exact counting by boot makes of the values told: see the rules for a counter with 16 bits. */
function countByBoot(said: readonly Outgoing[]): number {
  const last = new Map<string, number>();
  let presses = 0;
  for (const { board, boot, value } of counters(said)) {
    const key = `${board}/${boot}`;
    const known = last.get(key);
    const step = known === undefined ? Number(value) : (Number(value) - known + 65_536) % 65_536;
    presses += step;
    last.set(key, Number(value));
  }
  return presses;
}

const carried = (said: readonly Outgoing[]): number =>
  counters(said).reduce((sum, { presses }) => sum + presses.reduce((all, { n }) => all + n, 0), 0);

describe('a fleet', () => {
  test('registers all boards at 0, under boots just before', () => {
    const { said } = runToEnd({ presses: [], endMs: 0 });
    expect(said.map(({ kind, board, at, boot }) => ({ kind, board, at, boot }))).toEqual(
      [0, 1, 2].map((board) => ({ kind: 'registration', board, at: 0, boot: -1 })),
    );
  });

  test('tells a press 10 ms later, with the moment it was made', () => {
    const { said } = runToEnd({ presses: [{ at: 5, board: 1 }] });
    expect(counters(said)).toMatchObject([{ board: 1, at: 15, value: '1', presses: [{ at: 5, value: 1, n: 1 }] }]);
  });

  test('ticks each board every 15 s, spread over them, and updates its registration', () => {
    const { said } = runToEnd({ presses: [], endMs: 60_000, boards: 50 });
    const updates = said.filter(({ kind }) => kind === 'update');
    expect(updates).toHaveLength(200);
    expect(new Set(updates.filter(({ at }) => at < 15_000).map(({ at }) => at)).size).toBeGreaterThan(40);
    const first = updates.filter(({ board }) => board === 0).map(({ at }) => at);
    expect(first.map((at) => at - first[0]!)).toEqual([0, 15_000, 30_000, 45_000]);
  });

  test('counts bounces and presses of a board that is down as ignored', () => {
    const presses = [0, 4, 100, 200, 4_000].map((at) => ({ at, board: 0 }));
    const { fleet, said } = runToEnd({ presses, faults: { reboot: 1 } });
    // 0 counts and reboots the board; 4 bounces; 100 and 200 find it down; 4,000 is after it registered again.
    expect(counters(said).map(({ value, boot }) => ({ value, boot }))).toEqual([
      { value: '1', boot: -1 },
      { value: '1', boot: 1_010 },
    ]);
    expect(fleet.ignored).toBe(3);
    expect(said.filter(({ kind }) => kind === 'registration').map(({ at }) => at)).toContain(3_010);
  });

  const setting = fc.record({
    presses: fc
      .array(fc.record({ at: fc.integer({ min: 0, max: 20_000 }), board: fc.integer({ min: 0, max: 2 }) }), {
        maxLength: 80,
      })
      .map((made) => made.sort((a, b) => a.at - b.at)),
    seed: fc.integer(),
    faults: fc.record({
      coalesce: fc.constantFrom(0, 0.5, 1),
      reboot: fc.constantFrom(0, 0.1, 0.5),
      wrap: fc.constantFrom(0, 0.5, 1),
    }),
  });

  test('says the same however time is cut into steps', () => {
    fc.assert(
      fc.property(
        setting,
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 9 }),
        (given, steps) => {
          const whole = runToEnd(given);
          const { fleet, said } = fleetOf(given);
          for (let at = 0, turn = 0; at < Math.min(fleet.endsAt, 1e6); turn++) {
            at += steps[turn % steps.length]!;
            fleet.advance(at);
          }
          fleet.letGo();
          const plain = (items: readonly Outgoing[]) => items.map((item) => ({ ...item, next: undefined }));
          expect(plain(said)).toEqual(plain(whole.said));
        },
      ),
    );
  });

  test('tells every press in the end, once, in values that exact counting can read', () => {
    fc.assert(
      fc.property(setting, (given) => {
        const { fleet, said, died } = runToEnd(given);
        const wrapped = counters(said)
          .flatMap(({ presses }) => presses)
          .filter(({ n }) => n === 65_530).length;
        expect(carried(said)).toBe(given.presses.length - fleet.ignored + 65_530 * wrapped);
        expect(countByBoot(said)).toBe(carried(said));
        expect(died).toEqual([]);
        expect([...fleet.untold()]).toEqual([]);
        if (given.faults.wrap === 1) expect(wrapped).toBe(3);
      }),
      { numRuns: 300 },
    );
  });

  test('never gives two boots of a board the same beginning', () => {
    const presses = Array.from({ length: 200 }, (_, index) => ({ at: index * 700, board: 0 }));
    const { said } = runToEnd({ presses, faults: { reboot: 0.7 } });
    const boots = said.filter(({ kind, board }) => kind === 'registration' && board === 0).map(({ boot }) => boot);
    expect(boots.length).toBeGreaterThan(10);
    expect(boots).toEqual([...new Set(boots)].sort((a, b) => a - b));
  });

  test('coalesced presses are carried by the next notification, and at most a hundred wait', () => {
    const presses = Array.from({ length: 250 }, (_, index) => ({ at: index * 20, board: 0 }));
    const { said } = runToEnd({ presses, faults: { coalesce: 1 } });
    expect(counters(said).map(({ value }) => value)).toEqual(['100', '200', '250']);
  });

  test('a reboot starts the ticker anew, and ends the old one', () => {
    const { said } = runToEnd({ presses: [{ at: 0, board: 0 }], endMs: 50_000, boards: 1, faults: { reboot: 1 } });
    const boot = 10 + 1_000;
    expect(said.filter(({ kind }) => kind === 'update').map(({ at }) => at)).toEqual([
      boot + 15_000,
      boot + 30_000,
      boot + 45_000,
    ]);
  });

  test('stopping handles what was pressed, and presses no more', () => {
    const presses = Array.from({ length: 100 }, (_, index) => ({ at: index * 20, board: 0 }));
    const { fleet, said } = fleetOf({ presses });
    fleet.advance(985);
    fleet.stop();
    fleet.stop();
    expect(fleet.endsAt).toBe(996);
    fleet.advance(5_000);
    expect(counters(said)).toHaveLength(50);
  });
});

describe('a value that was thrown away', () => {
  const press = (at: number) => ({ at, board: 0 });

  test('leaves its presses to the next value of the boot', () => {
    const { fleet, said } = runToEnd({ presses: [press(0), press(100), press(200)] });
    const [first, second, third] = counters(said);
    fleet.thrownAway(first!);
    expect(second!.presses).toEqual([
      { at: 0, value: 1, n: 1 },
      { at: 100, value: 2, n: 1 },
    ]);
    fleet.thrownAway(second!);
    expect(third!.presses).toEqual([
      { at: 100, value: 2, n: 2 },
      { at: 200, value: 3, n: 1 },
    ]);
  });

  test('is told again at the end if it was the last', () => {
    const { fleet, said } = runToEnd({ presses: [press(0)] });
    fleet.thrownAway(counters(said)[0]!);
    expect([...fleet.untold()]).toEqual([{ board: 0, boot: -1, presses: { at: 0, value: 1, n: 1 } }]);
    expect(fleet.letGo()).toBe(true);
    expect(counters(said).at(-1)).toMatchObject({ value: '1', presses: [{ at: 0, value: 1, n: 1 }] });
    expect(fleet.letGo()).toBe(false);
  });

  test('takes its presses with it if the board rebooted since', () => {
    const { fleet, said, died } = runToEnd({ presses: [press(0), press(5_000)], faults: { reboot: 1 } });
    fleet.thrownAway(counters(said)[0]!);
    expect(died).toEqual([{ board: 0, boot: -1, presses: { at: 0, value: 1, n: 1 } }]);
    expect(counters(said)[1]!.presses).toEqual([{ at: 5_000, value: 1, n: 1 }]);
  });
});

test.each([
  [0, 10, 'board-0001'],
  [9_998, 9_999, 'board-9999'],
  [0, 10_000, 'board-00001'],
  [9_999, 10_000, 'board-10000'],
])('board %d of %d is %s', (index, boards, name) => {
  expect(endpointName(index, boards)).toBe(name);
});
