import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FormatError, OutsideError } from '../../../cloud/protocol/errors.ts';
import { hourOf } from '../../../cloud/protocol/hour.ts';
import type { CarriedLine } from '../../../simulator/ledger/lines.ts';
import { readLedger } from '../../../simulator/ledger/read.ts';
import { createLedgerFile, createTally, type LedgerWriter } from '../../../simulator/ledger/writer.ts';

const START = Date.UTC(2026, 0, 5, 10);
const HEADER = {
  seed: '7',
  dialect: 'connector',
  boards: 3,
  prefix: 'board-',
  start: '2026-01-05T10:00:00.000Z',
} as const;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledger-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function* linesOf(text: string): AsyncGenerator<string> {
  yield* text.replace(/\n$/, '').split('\n');
}

function carried(board: number, at: number, n?: number): CarriedLine {
  const line = { ep: `board-000${board}`, at: START + at, boot: START - 1, value: 1, hour: hourOf(START + at) };
  return n === undefined ? line : { ...line, n };
}

test('how boards sent comes back', async () => {
  const path = join(folder, 'by-broker.jsonl');
  const ledger = createLedgerFile(path, null);
  await ledger.begin({ ...HEADER, via: 'mqtt' });
  await ledger.close({ ignored: 0, dropped: 0, undelivered: 0 });
  expect((await readLedger(linesOf(await readFile(path, 'utf8')))).header.via).toBe('mqtt');
});

async function write(path: string, lines: readonly CarriedLine[]): Promise<LedgerWriter> {
  const ledger = createLedgerFile(path, [{ endpoint: 'board-0001', hour: hourOf(START), count: 5 }]);
  await ledger.begin(HEADER);
  for (const line of lines) ledger.carried(line);
  ledger.died({ ep: 'board-0003', at: START, boot: START - 1, value: 4, n: 2, died: true });
  await ledger.flush();
  return ledger;
}

const LINES = [carried(1, 0), carried(2, 10, 65_530), carried(1, 3_600_000)];

describe('a ledger', () => {
  test('reads back as it was written, with what the store held', async () => {
    const path = join(folder, 'whole');
    await (await write(path, LINES)).close({ ignored: 1, dropped: 0, undelivered: 0 });
    expect(await readLedger(linesOf(await readFile(path, 'utf8')))).toEqual({
      header: { ...HEADER, before: [{ endpoint: 'board-0001', hour: hourOf(START), count: 5 }] },
      expected: [
        { endpoint: 'board-0001', hour: '2026-01-05 10:00:00', count: 1 },
        { endpoint: 'board-0002', hour: '2026-01-05 10:00:00', count: 65_530 },
        { endpoint: 'board-0001', hour: '2026-01-05 11:00:00', count: 1 },
      ],
      pressed: 65_532,
      died: 2,
      maybe: new Map(),
      complete: true,
    });
  });

  test('names those of the dead that may have been counted', async () => {
    const path = join(folder, 'maybe');
    const ledger = await write(path, LINES);
    ledger.died({ ep: 'board-0003', at: START, boot: START - 1, value: 7, n: 3, died: true, maybe: true });
    await ledger.close({ ignored: 0, dropped: 0, undelivered: 0 });
    expect(ledger.maybe()).toEqual(new Map([['board-0003', 3]]));
    const read = await readLedger(linesOf(await readFile(path, 'utf8')));
    expect(read).toMatchObject({ died: 5, maybe: new Map([['board-0003', 3]]) });
  });

  test('is for its owner only, also where a file was before', async () => {
    const path = join(folder, 'mode');
    await writeFile(path, 'older and longer '.repeat(1_000), { mode: 0o644 });
    await (await write(path, LINES)).close({ ignored: 0, dropped: 0, undelivered: 0 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await expect(readLedger(linesOf(await readFile(path, 'utf8')))).resolves.toMatchObject({ complete: true });
  });

  test('of a killed run reads up to where it was written', async () => {
    const path = join(folder, 'killed');
    const ledger = await write(path, LINES);
    const text = await readFile(path, 'utf8');
    await ledger.close({ ignored: 0, dropped: 0, undelivered: 0 });
    await expect(readLedger(linesOf(text))).resolves.toMatchObject({ pressed: 65_532, complete: false });
    const torn = text.slice(0, -10);
    await expect(readLedger(linesOf(torn))).resolves.toMatchObject({ pressed: 65_532, died: 0, complete: false });
  });

  test('that cannot be written is an OutsideError', async () => {
    const error = await createLedgerFile(join(folder, 'no', 'where'), null)
      .begin(HEADER)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OutsideError);
    expect(error).toMatchObject({ code: 'FILE' });
  });

  test('without a file counts all the same', async () => {
    const tally = createTally();
    await tally.begin(HEADER);
    for (const line of LINES) tally.carried(line);
    expect(tally.pressed).toBe(65_532);
    expect(tally.counts()).toHaveLength(3);
  });
});

function isLedger(outcome: unknown): boolean {
  return (
    typeof outcome === 'object' && outcome !== null && 'pressed' in outcome && Number.isSafeInteger(outcome.pressed)
  );
}

const HEAD = JSON.stringify({ ledger: 1, ...HEADER, before: null });
const PRESS = JSON.stringify(carried(1, 0));
const HOUR = `{"endpoint":"board-0001","hour":"2026-01-05 10:00:00","count":1}`;
const TOTALS = `{"totals":{"pressed":1,"died":0,"ignored":0,"dropped":0,"undelivered":0,"hours":[${HOUR}]}}`;

describe('readLedger', () => {
  test('takes these lines', async () => {
    await expect(readLedger(linesOf([HEAD, PRESS, TOTALS].join('\n')))).resolves.toMatchObject({
      pressed: 1,
      complete: true,
    });
  });

  test.each<[string, readonly string[], number]>([
    ['nothing', [''], 1],
    ['no head', [PRESS], 1],
    ['another version', [HEAD.replace(':1,', ':2,')], 1],
    ['an unknown dialect', [HEAD.replace('connector', 'morse')], 1],
    ['a way to send that is not known', [HEAD.replace('"boards"', '"via":"pigeon","boards"')], 1],
    ['a start that is no time', [HEAD.replace('2026-01', '2026-13')], 1],
    ['a torn line in between', [HEAD, PRESS.slice(0, -5), PRESS], 2],
    ['a line that is no object', [HEAD, '[]', PRESS], 2],
    ['a second head', [HEAD, HEAD], 2],
    ['no endpoint', [HEAD, PRESS.replace('"ep"', '"pe"')], 2],
    ['an hour that is none', [HEAD, PRESS.replace('10:00:00', '10:30:00')], 2],
    ['no hour', [HEAD, PRESS.replace('"hour"', '"our"')], 2],
    ['no presses', [HEAD, PRESS.replace('{', '{"n":0,')], 2],
    ['a value that is no counter', [HEAD, PRESS.replace('"value":1', '"value":65536')], 2],
    ['died and counted', [HEAD, PRESS.replace('{', '{"died":true,')], 2],
    ['totals that do not agree', [HEAD, PRESS, PRESS, TOTALS], 4],
    ['a sum that does not agree', [HEAD, PRESS, TOTALS.replace('"pressed":1', '"pressed":2')], 3],
    ['deaths that do not agree', [HEAD, PRESS, TOTALS.replace('"died":0', '"died":1')], 3],
    ['hours that do not agree', [HEAD, PRESS, TOTALS.replace('10:00:00', '11:00:00')], 3],
    ['hours twice', [HEAD, PRESS, TOTALS.replace(HOUR, `${HOUR},${HOUR}`)], 3],
    ['something after the totals', [HEAD, PRESS, TOTALS, PRESS], 4],
  ])('refuses %s', async (_, lines, line) => {
    const error = await readLedger(linesOf(lines.join('\n'))).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FormatError);
    expect(error).toMatchObject({ code: 'LEDGER_FORMAT', message: expect.stringContaining(`line ${line}:`) });
  });

  test('gives a ledger, or a FormatError, for 100,000 lines of anything', async () => {
    const pieces = [
      HEAD,
      PRESS,
      TOTALS,
      HOUR,
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '0',
      '-1',
      '1e999',
      'null',
      'true',
      '"n"',
      '"died"',
      '"ep"',
      '"hours"',
      '"totals"',
      'x',
      '\u2028',
      '{"__proto__":1}',
    ];
    const line = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(PRESS, PRESS, TOTALS, HEAD, '') },
      { weight: 1, arbitrary: fc.json({ maxDepth: 2 }) },
      { weight: 1, arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((parts) => parts.join('')) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.constantFrom(HEAD, PRESS, TOTALS), fc.nat(), fc.nat({ max: 9 }), fc.constantFrom(...pieces))
          .map(([text, at, cut, put]) => text.slice(0, at % text.length) + put + text.slice((at % text.length) + cut)),
      },
    );
    let lines = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 21, maxLength: 40 }), async (made) => {
        lines += made.length;
        // Each line on its own after a head as well, so that none hides behind an earlier refusal.
        for (const text of [[HEAD, ...made], ...made.map((one) => [HEAD, PRESS, one])]) {
          const outcome = await readLedger(linesOf(text.join('\n'))).catch((thrown: unknown) => thrown);
          if (!(outcome instanceof FormatError || isLedger(outcome))) throw outcome;
        }
      }),
      { numRuns: 5_000 },
    );
    expect(lines).toBeGreaterThan(100_000);
  });
});
