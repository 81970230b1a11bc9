/** `mts verify`: what a simulator really pressed against what a store counted. */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import { OutsideError } from '../../cloud/protocol/errors.ts';
import type { Ledger } from '../../simulator/ledger/read.ts';
import type { Io, Status, Verb } from '../cli.ts';
import { openStore, platformOptions } from '../platforms.ts';
import { sinkOptions } from '../sinks.ts';

const options = {
  ledger: { type: 'string', demandOption: true, describe: 'What `mts simulate --ledger` wrote' },
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
    ['verify --ledger day.jsonl --data ./presses --platform influxdb --sink', 'And whether InfluxDB shows the same'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: (args) => verify(args, io, end),
});

async function verify(args: ArgumentsCamelCase<Args>, io: Io, end: (status: Status) => void): Promise<void> {
  const { compareLedger } = await import('../../simulator/ledger/compare.ts');
  const { boardNames, differences, hoursOf, verdict } = await import('../comparison.ts');
  const { compareShown, shownText } = await import('../sink-shown.ts');
  const { header, expected, died: dead, maybe, complete } = await openLedger(args.ledger);
  if (!complete) io.err('mts: the ledger has no end: its run was killed, and may have pressed more than it says\n');
  if (header.before === null) {
    io.err(
      'mts: the ledger does not say what the store held at the start: taken for nothing (see simulate --data, or --platform aws)\n',
    );
  }
  const store = await openStore(args, { create: false, now: io.now });
  try {
    // A scenario's boards may be called otherwise.
    const endpoints = boardNames(header.boards, header.prefix, header.names);
    for (const { endpoint } of expected) endpoints.add(endpoint);
    for (const endpoint of maybe.keys()) endpoints.add(endpoint);
    const counted = await hoursOf(store, endpoints);
    const hoursKnown = header.dialect === 'connector' && header.via === undefined;
    const comparison = compareLedger({ expected, before: header.before, counted, hoursKnown, endpoints, maybe });
    const died = dead - comparison.survived;
    const sink = args.sink === undefined ? undefined : await compareShown(args, store, endpoints, io);
    if (args.json) {
      await io.out(`${JSON.stringify({ ...comparison, died, complete, ...(sink === undefined ? {} : { sink }) })}\n`);
    } else {
      await io.out(verdict(comparison, died, header.dialect) + differences(comparison));
      if (sink !== undefined) await io.out(shownText(sink.name, sink));
    }
    if (comparison.lost + comparison.doubled + (sink?.differences.length ?? 0) > 0) end(1);
  } finally {
    await store.close();
  }
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
