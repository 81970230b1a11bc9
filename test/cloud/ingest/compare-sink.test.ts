/** A sink against its store: hours that are equal, differ, or are in one alone. */
import { expect, test } from '@jest/globals';
import { compareSink } from '../../../cloud/ingest/compare-sink.ts';
import type { RefusedCount } from '../../../cloud/ingest/sink.ts';
import type { HourlyCount } from '../../../cloud/ingest/store.ts';

const [NOON, LATER] = ['2026-03-01 12:00:00', '2026-03-01 13:00:00'];
const SPAN = { from: new Date(0), to: new Date(Date.UTC(2100, 0)) };

function comparing(
  counted: readonly HourlyCount[],
  shown: readonly HourlyCount[],
  endpoints: readonly string[],
  { refused = [], movesLate = false }: { refused?: readonly RefusedCount[]; movesLate?: boolean } = {},
) {
  const asked: unknown[] = [];
  const each = async function* (counts: readonly HourlyCount[], query: object) {
    asked.push(query);
    yield* counts;
  };
  const result = compareSink(
    { hourly: (query) => each(counted, query) },
    { readBack: (query) => each(shown, query), movesLate },
    { ...SPAN, endpoints: new Set(endpoints), refused },
  );
  return { asked, result };
}

function count(endpoint: string, hour: string, many: number): HourlyCount {
  return { endpoint, hour, count: many };
}

test('equal: the same hours and presses, nothing differs', async () => {
  const counts = [count('a', NOON, 3), count('b', NOON, 4)];
  const { asked, result } = comparing(counts, counts.toReversed(), ['a', 'b']);
  expect(await result).toEqual({ hours: 2, counted: 7, shown: 7, differences: [], refused: [], moved: [] });
  expect(asked).toEqual([SPAN, { ...SPAN, endpoints: ['a', 'b'] }]);
});

test('each hour that differs is named, in order, also one that only one of them has', async () => {
  const counted = [count('a', NOON, 3), count('a', LATER, 1), count('b', NOON, 4)];
  const shown = [count('b', NOON, 5), count('a', LATER, 1), count('b', LATER, 2)];
  expect(await comparing(counted, shown, ['a', 'b']).result).toMatchObject({
    differences: [
      { endpoint: 'a', hour: NOON, counted: 3, shown: 0 },
      { endpoint: 'b', hour: NOON, counted: 4, shown: 5 },
      { endpoint: 'b', hour: LATER, counted: 0, shown: 2 },
    ],
    ...{ hours: 4, counted: 8, shown: 8 },
  });
});

test('boards that were not asked for do not matter', async () => {
  const { result } = comparing([count('a', NOON, 3), count('z', NOON, 9)], [count('a', NOON, 3)], ['a']);
  expect(await result).toEqual({ hours: 1, counted: 3, shown: 3, differences: [], refused: [], moved: [] });
});

test('what the sink refused is named with its reason, and is no difference; a total that grew since is one', async () => {
  const counted = [count('a', NOON, 3), count('b', NOON, 4), count('b', LATER, 5)];
  const refused = [count('b', NOON, 4), count('b', LATER, 4)].map((one) => ({ count: one, reason: 'no such name' }));
  expect(await comparing(counted, [count('a', NOON, 3)], ['a', 'b'], { refused }).result).toEqual({
    ...{ hours: 3, counted: 12, shown: 3 },
    differences: [{ endpoint: 'b', hour: LATER, counted: 5, shown: 0 }],
    refused: [{ endpoint: 'b', hour: NOON, counted: 4, shown: 0, reason: 'no such name' }],
    moved: [],
  });
});

test('of a sink that shows what is late later: a board of which all is shown has moved, one that is shown early or short differs', async () => {
  const counted = ['late', 'early', 'short'].flatMap((name) => [count(name, NOON, 3), count(name, LATER, 4)]);
  const shown = [
    ...[count('late', NOON, 1), count('late', LATER, 6)],
    ...[count('early', NOON, 4), count('early', LATER, 3)],
    ...[count('short', NOON, 1), count('short', LATER, 5)],
  ];
  const names = ['late', 'early', 'short'];
  const { differences, moved } = await comparing(counted, shown, names, { movesLate: true }).result;
  expect(moved.map(({ endpoint, hour }) => [endpoint, hour])).toEqual([
    ['late', NOON],
    ['late', LATER],
  ]);
  expect(new Set(differences.map(({ endpoint }) => endpoint))).toEqual(new Set(['early', 'short']));
  expect((await comparing(counted, shown, names).result).moved).toEqual([]);
});
