/** `mts report`: the counts of a store, as a table with bars, JSON or CSV. */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { Io, Verb } from '../cli.ts';
import { openStore, platformOptions } from '../platforms.ts';
import { END_OF_TIME, inOrder, instant } from '../words.ts';

const options = {
  ...platformOptions,
  endpoint: { type: 'string', describe: 'Only this board' },
  from: { type: 'string', describe: 'From this time on: 2026-03-01, 2026-03-01T15:00Z, 24h (ago); default: ever' },
  to: { type: 'string', describe: 'Before this time' },
  json: { type: 'boolean', describe: 'One JSON document' },
  csv: {
    type: 'boolean',
    describe: "Comma-separated, with a head line (RFC 4180); a name that a spreadsheet would compute has ' in front",
    conflicts: 'json',
  },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const reportVerb: Verb<Args> = (io) => ({
  examples: [
    ['report --data ./presses --from 24h', 'The last day, with bars'],
    ['report --data ./presses --endpoint board-0001 --csv > board.csv', 'One board, for a spreadsheet'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: (args) => report(args, io),
});

async function report(args: ArgumentsCamelCase<Args>, io: Io): Promise<void> {
  const { csvOf, jsonOf, tableOf } = await import('../report.ts');
  const from = args.from === undefined ? new Date(0) : instant('--from', args.from, io.now());
  // The present hour is not the last: clocks may be a little ahead.
  const to = args.to === undefined ? END_OF_TIME : instant('--to', args.to, io.now());
  inOrder(from, to);
  const store = await openStore(args, { create: false, now: io.now });
  try {
    const one = args.endpoint === undefined ? {} : { endpoint: args.endpoint };
    const hours = store.hourly({ ...one, from, to });
    let text: AsyncIterable<string>;
    if (args.csv) text = csvOf(hours);
    else {
      const tail = { stale: await total(store.stale(args.endpoint)), setAside: (await store.asideUsage()).setAside };
      text = args.json ? jsonOf(hours, tail) : tableOf(hours, tail, io.columns);
    }
    for await (const piece of text) await io.out(piece);
  } finally {
    await store.close();
  }
}

async function total(counts: AsyncIterable<{ readonly stale: number }>): Promise<number> {
  let sum = 0;
  for await (const { stale } of counts) sum += stale;
  return sum;
}
