/** What a sink shows against what the store counted, as `verify` and `up` say it. */
import { compareSink, type SinkComparison } from '../cloud/ingest/compare-sink.ts';
import type { Store } from '../cloud/ingest/store.ts';
import type { ToldMemory } from '../cloud/ingest/told.ts';
import { RefusedFile } from '../cloud/platforms/local/forward/refused.ts';
import { OutsideError } from '../cloud/protocol/errors.ts';
import type { Io } from './cli.ts';
import type { PlatformWords } from './platforms.ts';
import { printable } from './printable.ts';
import { given } from './serve.ts';
import { openSink, shownSinkOf } from './sinks.ts';
import { END_OF_TIME } from './words.ts';

/**
 * Reads the sink back that the words name, of all boards and hours; no longer if it was stopped. UsageError if there is none;
 * OutsideError SERVER if it cannot be read.
 */
export async function compareShown(
  words: PlatformWords,
  store: Pick<Store, 'hourly' | 'endpoints'>,
  io: Pick<Io, 'now' | 'sleep' | 'stop'>,
): Promise<SinkComparison & { readonly name: string }> {
  const name = shownSinkOf(words);
  const endpoints = new Set<string>();
  for await (const endpoint of store.endpoints()) endpoints.add(endpoint);
  const { sink, place } = await openSink(name, words, { io, told: () => NOTHING_TOLD });
  try {
    const stopped = given(io.stop).then(() => {
      throw new OutsideError('SERVER', `${name} was not read to its end: stopped`, 'Run it again.');
    });
    const refused = words.data === undefined ? [] : RefusedFile.read(words.data, place);
    const span = { from: new Date(0), to: END_OF_TIME };
    const read = compareSink(store, sink, { endpoints, ...span, refused, signal: io.stop });
    return { name, ...(await Promise.race([read, stopped])) };
  } finally {
    await sink.close();
  }
}

/** Reading back needs no memory, and must leave none. */
const NOTHING_TOLD: ToldMemory = {
  read: async () => new Map(),
  write: async () => undefined,
  close: async () => undefined,
};

/** A line for people. */
export function shownText(
  name: string,
  { hours, counted, shown: seen, differences, refused, moved }: SinkComparison,
): string {
  const [first] = differences;
  const late = moved.length === 0 ? '' : `but for ${moved.length} hours, of which late presses are in a later one\n`;
  const kept = late + refusedText(name, refused);
  if (first === undefined) return `${name} shows the same: ${seen} presses in ${hours} hours of boards\n${kept}`;
  const { endpoint, hour, counted: is, shown: has } = first;
  const example = `${endpoint} at ${hour} is ${has} there, ${is} in the store`;
  const nothing = seen === 0 && counted > 0 ? 'It shows nothing at all: is it the right place?\n' : '';
  return (
    `${name} DIFFERS: it shows ${seen} of ${counted} presses; ${differences.length} hours differ, like ${example}\n` +
    `${kept}${nothing}What it lost is told again by \`mts ingest --retell\`, of sinks that replace (InfluxDB, Graphite, CloudWatch).\n`
  );
}

function refusedText(name: string, refused: SinkComparison['refused']): string {
  const [first] = refused;
  if (first === undefined) return '';
  const presses = refused.reduce((sum, { counted, shown: seen }) => sum + counted - seen, 0);
  const example = `${printable(first.endpoint)} at ${first.hour}: ${first.reason}`;
  return `but for ${presses} presses in ${refused.length} hours that ${name} refuses, like ${example}\n`;
}
