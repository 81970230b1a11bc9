/** Opens InfluxDB as a sink, after a look whether it takes us at all. */
import type { ReadableSink } from '../../cloud/ingest/sink.ts';
import type { ToldMemory } from '../../cloud/ingest/told.ts';
import { InfluxServer } from '../../cloud/platforms/influxdb/server.ts';
import { influxSink } from '../../cloud/platforms/influxdb/sink.ts';
import { OutsideError } from '../../cloud/protocol/errors.ts';
import type { InfluxPlan } from './words.ts';

export interface InfluxDeps {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Not needed: what is told takes the place of what was. */
  readonly told?: ToldMemory;
}

const PATIENCE_MS = 5_000;

/** OutsideError SERVER if it does not take the token or login; not if it is merely down. */
export async function openInfluxSink({ url, ...plan }: InfluxPlan, { now, sleep }: InfluxDeps): Promise<ReadableSink> {
  const server = new InfluxServer({ ...plan, url: new URL(url) });
  const answer = await server.query('SHOW MEASUREMENTS LIMIT 1', AbortSignal.timeout(PATIENCE_MS));
  if ('kind' in answer && answer.kind === 'not allowed') {
    throw new OutsideError(
      'SERVER',
      `InfluxDB at ${url} does not take us: ${answer.why}`,
      'Give --influx-token-file or --influx-login-file, of one who may read and write the database.',
    );
  }
  // Read to its end, so that its connection can be used again.
  if (!('kind' in answer)) for await (const _line of answer);
  return influxSink({ server, now, sleep });
}
