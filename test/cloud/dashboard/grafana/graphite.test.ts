/**
 * The Graphite queries asked of Debian's carbon and graphite-web, as Grafana asks them: totals that the sink was told come back
 * as hours of the dashboard's own time range, by the boards' names. Grafana itself is not there.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { encodeName } from '../../../../cloud/platforms/graphite/name.ts';
import { HOUR_MS, hourOf } from '../../../../cloud/protocol/hour.ts';
import { graphiteHere, graphiteWanted, newPrefix, openSink } from '../../platforms/graphite/graphite-here.ts';
import { type MadeDashboard, madeOf, queryOf } from './made.ts';

const DAY_MS = 24 * HOUR_MS;
const now = Date.now();
/** As `now-6d/d-1s` and `now/d` mean it. */
const firstHour = now - (now % DAY_MS) - 6 * DAY_MS;
const range = { from: firstHour - 1_000, to: firstHour + 7 * DAY_MS - 1 };
const lastHour = now - (now % HOUR_MS);

/** Names with every character that a legend decodes, and one that it does not. */
const PLAIN = 'board-0001';
const ODD = 'a.b c:d/e@f+g~2Bh';
const UNDECODED = 'å';
const told = [
  { endpoint: PLAIN, at: firstHour, count: 7 },
  { endpoint: PLAIN, at: lastHour - HOUR_MS, count: 3 },
  { endpoint: PLAIN, at: lastHour, count: 12_345 },
  { endpoint: ODD, at: lastHour, count: 2 },
  { endpoint: UNDECODED, at: firstHour, count: 5 },
  // Before the first hour: not of the range.
  { endpoint: PLAIN, at: firstHour - HOUR_MS, count: 99 },
];

let made: MadeDashboard;
let url: string;
const prefix = newPrefix();

(graphiteWanted ? describe : describe.skip)("on Debian's Graphite", () => {
  beforeAll(async () => {
    made = await madeOf({ platform: 'graphite', prefix });
    const graphite = await graphiteHere();
    url = graphite.url;
    const sink = openSink({ port: graphite.ports.plaintext, url, prefix, patienceMs: 30_000 });
    const counts = told.map(({ endpoint, at, count }) => ({ endpoint, hour: hourOf(at), count }));
    const first = await sink.put(counts.map((count) => ({ ...count, count: 1 })));
    const { failed, refused } = await sink.put(counts);
    await sink.close();
    expect([first.failed, failed, refused]).toEqual([[], [], []]);
  });

  test('every board by its name, the hours of the range, the last total told', async () => {
    const series = await ask(String(queryOf(made, 1).target));
    expect(series).toEqual({
      [PLAIN]: [
        [firstHour, 7],
        [lastHour - HOUR_MS, 3],
        [lastHour, 12_345],
      ],
      [ODD]: [[lastHour, 2]],
      [encodeName(UNDECODED)]: [[firstHour, 5]],
    });
  });

  test('all boards together', async () => {
    expect(await ask(String(queryOf(made, 2).target))).toEqual({
      presses: [
        [firstHour, 12],
        [lastHour - HOUR_MS, 3],
        [lastHour, 12_347],
      ],
    });
  });

  test('one board, as the list of boards names it', async () => {
    const found = await fetch(`${url}/metrics/find?query=${made.templating.list[1]?.query}`);
    const names = ((await found.json()) as { text: string }[]).map(({ text }) => text);
    expect(names.sort()).toEqual([PLAIN, ODD, UNDECODED].map(encodeName).sort());
    const target = String(queryOf(made, 4).target).replaceAll('$endpoint', encodeName(ODD));
    expect(await ask(target)).toEqual({ [ODD]: [[lastHour, 2]] });
  });
});

/** Values by name, with the milliseconds at which they stand. */
async function ask(target: string): Promise<Record<string, [number, number][]>> {
  const [from, until] = [range.from, range.to].map((ms) => String(Math.floor(ms / 1_000))) as [string, string];
  const body = new URLSearchParams({ target, from, until, format: 'json', maxDataPoints: '10000', noCache: '1' });
  const answer = await fetch(`${url}/render`, { method: 'POST', body });
  expect(answer.status).toBe(200);
  const series = (await answer.json()) as { target: string; datapoints: [number | null, number][] }[];
  return Object.fromEntries(
    series.map(({ target, datapoints }) => [
      target,
      datapoints.flatMap(([value, at]): [number, number][] => (value === null ? [] : [[at * 1_000, value]])),
    ]),
  );
}
