/** `mts verify`: what a simulator really pressed against what a store counted. */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { Store } from '../../cloud/ingest/store.ts';
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';
import type { Ledger } from '../../simulator/ledger/read.ts';
import type { Io, Status, Verb } from '../cli.ts';
import { openStore, platformOptions } from '../platforms.ts';
import { sinkOptions } from '../sinks.ts';

const options = {
  ledger: { type: 'string', describe: 'What `mts simulate --ledger` wrote' },
  ...platformOptions,
  ...sinkOptions,
  sink: {
    type: 'string',
    describe: "Read the sink back too: the platform's own, or the one that is named",
  },
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const verifyVerb: Verb<Args> = (io, end) => ({
  examples: [
    ['verify --ledger day.jsonl --data ./presses', 'Names every board and hour with lost or doubled presses'],
    ['verify --data ./presses --platform influxdb --sink', 'Whether InfluxDB shows what was counted, of every board'],
    ['verify --ledger day.jsonl --data ./presses --platform influxdb --sink', 'Both'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: (args) => verify(args, io, end),
});

async function verify(args: ArgumentsCamelCase<Args>, io: Io, end: (status: Status) => void): Promise<void> {
  if (args.ledger === undefined && args.sink === undefined) {
    throw new UsageError(
      'nothing says what to compare with',
      'Give --ledger FILE, as `mts simulate` wrote it, or --sink, or both.',
    );
  }
  const ledger = args.ledger === undefined ? undefined : await openLedger(args.ledger);
  const store = await openStore(args, { create: false, now: io.now });
  try {
    const counts = ledger === undefined ? undefined : await compareCounts(ledger, store, io);
    // Said before the sink is asked, which may take its time.
    if (counts !== undefined && !args.json) await io.out(counts.text);
    const sink = args.sink === undefined ? undefined : await compareSinkOf(args, store, io);
    if (args.json) await io.out(`${JSON.stringify({ ...counts?.json, ...(sink === undefined ? {} : { sink }) })}\n`);
    if (counts?.isExact === false || (sink?.differences.length ?? 0) > 0) end(1);
  } finally {
    await store.close();
  }
}

/** What was pressed against what was counted. */
async function compareCounts({ header, expected, died: dead, maybe, complete }: Ledger, store: Store, io: Io) {
  const { compareLedger } = await import('../../simulator/ledger/compare.ts');
  const { boardNames, differences, hoursOf, verdict } = await import('../comparison.ts');
  if (!complete) io.err('mts: the ledger has no end: its run was killed, and may have pressed more than it says\n');
  if (header.before === null) {
    io.err(
      'mts: the ledger does not say what the store held at the start: taken for nothing (see simulate --data, or --platform aws)\n',
    );
  }
  // A scenario's boards may be called otherwise.
  const endpoints = boardNames(header.boards, header.prefix, header.names);
  for (const { endpoint } of expected) endpoints.add(endpoint);
  for (const endpoint of maybe.keys()) endpoints.add(endpoint);
  const counted = await hoursOf(store, endpoints);
  const hoursKnown = header.dialect === 'connector' && header.via === undefined;
  const comparison = compareLedger({ expected, before: header.before, counted, hoursKnown, endpoints, maybe });
  const died = dead - comparison.survived;
  return {
    json: { ...comparison, died, complete },
    text: verdict(comparison, died, header.dialect) + differences(comparison),
    isExact: comparison.lost + comparison.doubled === 0,
  };
}

/** What was counted, of all boards, against what the sink shows. */
async function compareSinkOf(args: ArgumentsCamelCase<Args>, store: Store, io: Io) {
  const { compareShown, shownText } = await import('../sink-shown.ts');
  const sink = await compareShown(args, store, io);
  if (!args.json) await io.out(shownText(sink.name, sink));
  return sink;
}

async function openLedger(path: string): Promise<Ledger> {
  const { open } = await import('node:fs/promises');
  const { readLedger } = await import('../../simulator/ledger/read.ts');
  try {
    await using file = await open(path);
    return await readLedger(file.readLines());
  } catch (error) {
    const code = error instanceof Error && 'errno' in error && 'code' in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    throw new OutsideError('FILE', `the ledger ${path} cannot be read: ${code}`, 'Give the file that simulate wrote.', {
      cause: error,
    });
  }
}
