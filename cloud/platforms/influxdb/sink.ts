/**
 * InfluxDB as a sink: an hour's total is a point at the beginning of the hour, which the next total replaces.
 *
 * The point that was written last stays, so that an older total must not come after a newer one: puts are worked on one after the
 * other, and what is older than what this sink told is not told. (Whoever feeds it tells the present total; one forwarder a folder.)
 * https://docs.influxdata.com/influxdb/v1/troubleshooting/frequently-asked-questions/#how-does-influxdb-handle-duplicate-points
 */
import { Newest } from '../../ingest/newest.ts';
import type { PutResult, ReadableSink, RefusedCount } from '../../ingest/sink.ts';
import type { HourlyCount } from '../../ingest/store.ts';
import { lineOf, nameRefusal } from './point.ts';
import { readBack } from './read-back.ts';
import type { InfluxServer } from './server.ts';
import { type TellOptions, tell } from './tell.ts';

export interface InfluxSinkOptions extends Pick<TellOptions, 'now' | 'sleep'> {
  readonly server: InfluxServer;
  /** Milliseconds that a put may take, and one of its requests; 15 s and 10 s unless told. */
  readonly patienceMs?: number;
  readonly requestMs?: number;
}

const [PATIENCE_MS, REQUEST_MS] = [15_000, 10_000];
/** A year of 100 boards' days, or an hour of 100,000 boards. */
const MOST_REMEMBERED = 100_000;

export function influxSink({
  patienceMs = PATIENCE_MS,
  requestMs = REQUEST_MS,
  ...options
}: InfluxSinkOptions): ReadableSink {
  const newest = new Newest(MOST_REMEMBERED);
  let before: Promise<unknown> = Promise.resolve();
  let trouble: string | undefined;
  const put = async (totals: readonly HourlyCount[]): Promise<PutResult> => {
    const [refused, lines]: [RefusedCount[], Map<string, { of: HourlyCount[]; count: HourlyCount }>] = [[], new Map()];
    for (const count of totals) {
      const reason = nameRefusal(count.endpoint);
      if (reason !== undefined) refused.push({ count, reason });
      else if (count.count >= (newest.get(keyOf(count)) ?? 0)) {
        const one = lines.get(keyOf(count)) ?? { of: [], count };
        one.of.push(count);
        if (count.count > one.count.count) one.count = count;
        lines.set(keyOf(count), one);
      }
    }
    const texts = [...lines.values()].map((one) => ({ of: one, text: lineOf(one.count) }));
    const told = await tell(texts, { ...options, patienceMs, requestMs });
    for (const { count } of told.taken) newest.set(keyOf(count), count.count);
    trouble = told.why;
    return {
      refused: [...refused, ...told.refused.flatMap(({ of, reason }) => of.of.map((count) => ({ count, reason })))],
      failed: told.failed.flatMap(({ of }) => of),
    };
  };
  return {
    put(totals) {
      const result = before.then(() => put(totals));
      before = result.catch(() => undefined);
      return result;
    },
    trouble: () => trouble,
    readBack: (query) => readBack(options.server, query),
    async close() {
      await before;
    },
  };
}

function keyOf({ endpoint, hour }: HourlyCount): string {
  return `${hour} ${endpoint}`;
}
