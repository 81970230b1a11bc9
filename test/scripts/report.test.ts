/** Counts as text. The whole verb is in test/e2e/verbs.test.ts. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { HourlyCount } from '../../cloud/ingest/store.ts';
import { csvOf, jsonOf, tableOf } from '../../scripts/report.ts';

const TAIL = { setAside: 0, stale: 0 };
const hour = '2026-03-01 12:00:00';

async function* of(counts: readonly HourlyCount[]): AsyncGenerator<HourlyCount> {
  yield* counts;
}

async function text(pieces: AsyncIterable<string>): Promise<string> {
  let all = '';
  for await (const piece of pieces) all += piece;
  return all;
}

const rows = fc.array(
  fc.record({ endpoint: fc.string({ minLength: 1, unit: 'binary' }), hour: fc.constant(hour), count: fc.nat() }),
);

test('JSON holds what came, whatever the names', () =>
  fc.assert(
    fc.asyncProperty(rows, async (hours) => {
      expect(JSON.parse(await text(jsonOf(of(hours), TAIL)))).toEqual({ hours, setAside: 0, stale: 0 });
    }),
  ));

test('CSV holds what came, whatever the names', () =>
  fc.assert(
    fc.asyncProperty(rows, async (hours) => {
      const lines = readCsv(await text(csvOf(of(hours))));
      expect(lines).toEqual([
        ['endpoint', 'hour', 'count'],
        ...hours.map(({ endpoint, count }) => [endpoint.replace(/^(?=[=+\-@])/, "'"), hour, String(count)]),
      ]);
    }),
  ));

test('no name of a stranger is a formula to a spreadsheet', async () => {
  const names = ['=1+1', '+1', '-1', '@SUM(A1)', '=HYPERLINK("http://x","y")', 'a=b', "'a"];
  const lines = readCsv(await text(csvOf(of(names.map((endpoint) => ({ endpoint, hour, count: 1 }))))));
  expect(lines.slice(1).map(([name]) => name)).toEqual([
    ...["'=1+1", "'+1", "'-1", "'@SUM(A1)", `'=HYPERLINK("http://x","y")`, 'a=b', "'a"],
  ]);
});

test('bars are in proportion, and no count is without one', async () => {
  const counts = [800, 400, 1, 0.001].map((count, index) => ({ endpoint: `b${index}`, hour, count }));
  const lines = (await text(tableOf(of(counts), TAIL, 100))).split('\n');
  const widths = lines.slice(1, 5).map((line) => /[\u2588-\u258f]*$/.exec(line)?.[0].length ?? 0);
  expect(widths[0]).toBeCloseTo(widths[1]! * 2, -1);
  expect(widths[2]).toBe(1);
  expect(widths[3]).toBe(1);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
});

/** A reader of RFC 4180, written apart from the writer. */
function readCsv(csv: string): string[][] {
  const lines: string[][] = [];
  let [line, field, quoted] = [[] as string[], '', false];
  for (let at = 0; at < csv.length; at++) {
    const character = csv[at]!;
    if (quoted && character === '"' && csv[at + 1] === '"') field += csv[++at];
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === ',') [line, field] = [[...line, field], ''];
    else if (!quoted && character === '\r' && csv[at + 1] === '\n') {
      lines.push([...line, field]);
      [line, field] = [[], ''];
      at += 1;
    } else field += character;
  }
  return lines;
}
