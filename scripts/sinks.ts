/** Sinks by name: opened to be told or to be read back. A sink's code is loaded when a verb runs that needs it. */
import type { ReadableSink } from '../cloud/ingest/sink.ts';
import type { ToldMemory } from '../cloud/ingest/told.ts';
import { UsageError } from '../cloud/protocol/errors.ts';
import type { Io } from './cli.ts';
import { graphiteOptions } from './graphite/words.ts';
import { influxOptions } from './influxdb/words.ts';
import { grouped, type PlatformWords, presetOf, SINKS, type SinkName } from './platforms.ts';
import { choice } from './words.ts';

export const sinkOptions = {
  sink: { type: 'string', describe: `Where people look: ${SINKS.join(', ')} [default: as the platform says]` },
  ...grouped('InfluxDB:', influxOptions),
  ...grouped('Graphite:', graphiteOptions),
} as const;

export interface SinkDeps {
  readonly io: Pick<Io, 'now' | 'sleep'>;
  readonly env?: NodeJS.ProcessEnv;
  /** What a sink that adds up was told, by the name that says where the sink is. */
  readonly told: (place: string) => ToldMemory;
}

export interface OpenSink {
  readonly sink: ReadableSink;
  /** Says where it is: another place was told nothing yet. */
  readonly place: string;
}

/** The sink that this machine is to feed; `none` unless the words or the platform name one. */
export function sinkNameOf(words: PlatformWords): SinkName {
  if (words.sink === undefined || words.sink === '') return presetOf(words).sink;
  return choice('--sink', words.sink, SINKS);
}

/** The sink whose graphs show the counts: as named, or the platform's own. UsageError if there is none. */
export function shownSinkOf(words: PlatformWords): Exclude<SinkName, 'none'> {
  const name =
    words.sink === undefined || words.sink === '' ? presetOf(words).shows : choice('--sink', words.sink, SINKS);
  if (name !== 'none') return name;
  throw new UsageError('nothing says which sink', `Say which: --sink ${SINKS.slice(1).join(', ')}.`);
}

/** OutsideError SERVER if it refuses us; one that is merely down is opened. */
export async function openSink(
  name: Exclude<SinkName, 'none'>,
  words: PlatformWords,
  { io: { now, sleep }, env = process.env, told }: SinkDeps,
): Promise<OpenSink> {
  const deps = (place: string) => ({ now, sleep, told: told(place) });
  if (name === 'influxdb') {
    const { influxFrom } = await import('./influxdb/words.ts');
    const { openInfluxSink } = await import('./influxdb/sink.ts');
    const plan = await influxFrom(words, env);
    const { url, database, retentionPolicy: policy } = plan;
    const place = `influxdb ${url} ${database}${policy === undefined ? '' : ` ${JSON.stringify(policy)}`}`;
    return { place, sink: await openInfluxSink(plan, deps(place)) };
  }
  if (name === 'graphite') {
    const { graphiteFrom } = await import('./graphite/words.ts');
    const { openGraphiteSink } = await import('./graphite/sink.ts');
    const plan = await graphiteFrom(words, env);
    const place = `graphite ${plan.url} ${plan.prefix}`;
    return { place, sink: await openGraphiteSink(plan, deps(place)) };
  }
  if (name === 'azure-monitor') {
    const { azureFrom } = await import('./azure/words.ts');
    const { openAzureSink } = await import('./azure/sink.ts');
    const plan = await azureFrom(words, env);
    const place = `azure-monitor ${plan.monitor.resource ?? ''}`;
    return { place, sink: await openAzureSink(plan, deps(place)) };
  }
  if (name === 'cloud-monitoring') {
    const { googleFrom } = await import('./google/words.ts');
    const { openGoogleSink } = await import('./google/sink.ts');
    const plan = await googleFrom(words, env);
    const place = `cloud-monitoring ${plan.project ?? ''}${words.googlePrefix ? ` ${words.googlePrefix}` : ''}`;
    return { place, sink: await openGoogleSink(plan, deps(place)) };
  }
  const { awsFrom } = await import('./aws/store.ts');
  const { openCloudWatchSink } = await import('./aws/sink.ts');
  const { awsPrefix = '', region, profile } = words;
  const place = `cloudwatch ${region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? ''} ${awsPrefix}`;
  return { place, sink: await openCloudWatchSink(awsFrom({ prefix: awsPrefix, region, profile }), { now }) };
}
