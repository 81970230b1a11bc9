/** Phases follow each other in one run, each with its own presses and faults; in virtual time, before a real BoardService. */
import { describe, expect, test } from '@jest/globals';
import { seededRandom } from '../../../cloud/protocol/random.ts';
import { readScenario } from '../../../simulator/scenario/read.ts';
import { phasePresses, scenarioNames } from '../../../simulator/scenario/scenario.ts';
import { presses } from '../../../simulator/schedule/schedule.ts';
import { expectExact, play } from '../lwm2m/playing.ts';

const START = Date.UTC(2026, 0, 1);

async function playScenario(text: string, transport: 'udp' | 'tls' = 'udp', seed = 7) {
  const { boards, phases, names } = readScenario(text, 'test.yaml');
  const played = await play({ transport, options: { boards, seed, lwm2m: { phases, names } } });
  return { ...played, readyAt: START + played.summary.lwm2m.readyMs };
}

describe('phases', () => {
  test('come one after another, at their own rates, without drifting', async () => {
    const { carried, summary, readyAt, ...played } = await playScenario(`
      boards: 10
      phases:
        - { duration: 10s, rate: 2 }
        - { duration: 7.3s, rate: 0 }
        - { duration: 5s, rate: 20 }
        - { duration: 10s, rate: 1 }`);
    expect(summary).toMatchObject({ pressed: 20 + 0 + 100 + 10, died: 0, undelivered: 0, ignored: 0 });
    const within = (from: number, to: number): number =>
      carried.filter(({ at }) => at >= readyAt + from - 20 && at < readyAt + to - 20).length;
    expect([within(0, 10_000), within(10_000, 17_300), within(17_300, 22_300), within(22_300, 32_300)]).toEqual([
      20, 0, 100, 10,
    ]);
    expectExact(played);
  });

  test('press the boards of their groups, by the names of these', async () => {
    const { carried, ...played } = await playScenario(`
      groups: [{ name: a, boards: 2 }, { name: b, boards: 3, prefix: lab- }, { name: c, boards: 1 }]
      phases:
        - { duration: 10s, rate: 3, groups: [b] }
        - { duration: 10s, rate: 3, groups: [c, a] }
        - { duration: 10s, rate: 6 }`);
    const names = (part: typeof carried) => [...new Set(part.map(({ ep }) => ep))].sort();
    const [lab, own] = [
      ['lab-0001', 'lab-0002', 'lab-0003'],
      ['board-0001', 'board-0002', 'board-0003'],
    ];
    expect(names(carried.slice(0, 30))).toEqual(lab);
    expect(names(carried.slice(30, 60))).toEqual(own);
    expect(names(carried.slice(60))).toEqual([...own, ...lab]);
    expect(carried).toHaveLength(120);
    expectExact(played);
  });

  test('have their own faults of presses', async () => {
    const { died, carried, summary, ...played } = await playScenario(`
      boards: 10
      phases:
        - { duration: 20s, rate: 10, faults: { wrap: 0.5 } }
        - { duration: 20s, rate: 10, faults: { reboot: 0.2 } }
        - { duration: 20s, rate: 10 }`);
    const [from, to] = [START + 20_000, START + 40_100];
    expect(died.length).toBeGreaterThan(10);
    expect(died.filter(({ at, n }) => n === undefined && (at < from || at > to))).toEqual([]);
    expect(carried.some(({ n }) => n === 65_530)).toBe(true);
    expect(summary.lwm2m.played.reboot).toBeGreaterThan(10);
    expectExact(played);
  });

  test('have their own faults of datagrams', async () => {
    const text = (first: number, second: number): string => `
      boards: 5
      phases:
        - { duration: 60s, rate: 5, faults: { loss: ${first} } }
        - { duration: 60s, rate: 5, faults: { loss: ${second} } }`;
    const [both, late, none] = [
      await playScenario(text(0.2, 0.2)),
      await playScenario(text(0, 0.2)),
      await playScenario(text(0, 0)),
    ];
    expect(none.summary.lwm2m.played.loss).toBe(0);
    expect(late.summary.lwm2m.played.loss).toBeGreaterThan(50);
    expect(both.summary.lwm2m.played.loss).toBeGreaterThan(late.summary.lwm2m.played.loss);
    for (const played of [both, late, none]) expectExact(played);
  });

  test('of connections: over TLS only one phase cuts them', async () => {
    const { summary, ...played } = await playScenario(
      `
      boards: 5
      phases:
        - { duration: 60s, rate: 1 }
        - { duration: 10s, rate: 1, faults: { disconnect: 0.8 } }
        - { duration: 2m, rate: 0 }
        - { duration: 60s, rate: 1 }`,
      'tls',
    );
    const { disconnect } = summary.lwm2m.played;
    expect(disconnect).toBeGreaterThan(2);
    expect(disconnect).toBeLessThanOrEqual(10);
    expect(summary).toMatchObject({ pressed: 130, undelivered: 0 });
    expectExact(played);
  });

  test('repeat by their seed; each phase has presses of its own', async () => {
    const text = 'phases: [{ duration: 9s, schedule: "poisson:5" }, { duration: 9s, schedule: "poisson:5" }]';
    const run = async (seed: number) =>
      (await playScenario(text, 'udp', seed)).carried.map(({ ep, at }) => `${ep} ${at}`);
    const one = await run(1);
    expect(await run(1)).toEqual(one);
    expect(await run(2)).not.toEqual(one);
    const [first, second] = readScenario(text, 'f').phases;
    const random = seededRandom(1);
    expect([...phasePresses(first!, 0, random)]).not.toEqual([...phasePresses(second!, 1, random)]);
  });
});

describe('the presses of a phase', () => {
  test('are those of its schedule, on its boards', () => {
    const { phases } = readScenario(
      `
      groups: [{ name: a, boards: 4 }, { name: b, boards: 3 }, { name: c, boards: 2 }]
      phases: [{ duration: 20s, rate: 10, groups: [c, a] }]`,
      'f',
    );
    const made = [...phasePresses(phases[0]!, 0, seededRandom(3))];
    const plain = presses(
      { kind: 'steady', rate: 10 },
      { boards: 6, durationMs: 20_000, random: seededRandom(3).fork('phase/0') },
    );
    const places = [7, 8, 0, 1, 2, 3];
    expect(made).toEqual([...plain].map(({ at, board }) => ({ at, board: places[board] })));
  });
});

describe('names', () => {
  test('of groups with the same prefix are counted on', () => {
    const names = scenarioNames([{ boards: 2 }, { boards: 2, prefix: 'x' }, { boards: 1 }, { boards: 1, prefix: 'x' }]);
    expect([0, 1, 2, 3, 4, 5].map(names)).toEqual([
      'board-0001',
      'board-0002',
      'x0001',
      'x0002',
      'board-0003',
      'x0003',
    ]);
  });

  test('are never alike', () => {
    const names = scenarioNames(
      [{ boards: 12_000, prefix: 'x' }, { boards: 12_000, prefix: 'x0' }, { boards: 12_000 }],
      'x1',
    );
    expect(new Set(Array.from({ length: 36_000 }, (_, board) => names(board))).size).toBe(36_000);
  });
});
