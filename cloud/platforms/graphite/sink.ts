/**
 * Graphite as a sink: an hour's total is a metric's value at the start of the hour.
 *
 *   put ─► what does the server show? ─► send what is newer to carbon ─► what does it show now? … ─► seen, or failed
 *
 * carbon acknowledges nothing and keeps the value that came last. So a total counts as taken when graphite-web shows it, or a
 * larger one; and one that is older than what was told or is shown is never sent. Puts are worked on one after the other.
 */

import { Newest } from '../../ingest/newest.ts';
import type { PutResult, ReadableSink, RefusedCount } from '../../ingest/sink.ts';
import type { HourlyCount } from '../../ingest/store.ts';
import { Asker } from './ask.ts';
import type { Carbon } from './carbon.ts';
import { hourRefusal, metricOf, secondsOf } from './metric.ts';
import { nameRefusal } from './name.ts';
import { readBack } from './read-back.ts';
import type { Render } from './render.ts';
import { Telling, type Wanted } from './telling.ts';

export interface GraphiteSinkOptions {
  /** The sink owns it. */
  readonly carbon: Carbon;
  readonly render: Render;
  readonly prefix: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Rejects when the signal is given. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Milliseconds that a put may take; 16 s unless told. */
  readonly patienceMs?: number;
}

export interface GraphiteSink extends ReadableSink {
  /** Why the last put failed, in part or whole, and what to do; undefined if it did not. */
  trouble(): string | undefined;
}

const PATIENCE_MS = 16_000;
/** An hour of 100,000 boards, or six weeks of 100. Of what was forgotten the server is asked. */
const MOST_REMEMBERED = 100_000;

export function graphiteSink(options: GraphiteSinkOptions): GraphiteSink {
  const { carbon, prefix, now, patienceMs = PATIENCE_MS } = options;
  const asker = new Asker(options.render);
  const telling = new Telling({ ...options, asker, newest: new Newest(MOST_REMEMBERED) });
  let before: Promise<unknown> = Promise.resolve();
  const put = async (totals: readonly HourlyCount[]): Promise<PutResult> => {
    const deadline = AbortSignal.timeout(patienceMs);
    const { wanted, refused } = sortOut(totals, prefix, now());
    const told = before.then(() => telling.tell(wanted, deadline));
    before = told.catch(() => undefined);
    const failed = await told;
    return { refused, failed: [...failed].flatMap(({ counts }) => counts) };
  };
  return {
    put,
    readBack: (query) => readBack(asker, prefix, query, now()),
    trouble: () => telling.trouble,
    close: async () => {
      await before;
      await carbon.close();
    },
  };
}

/** One for each place, with the newest of the totals that it was given, and those that Graphite cannot have. */
function sortOut(totals: readonly HourlyCount[], prefix: string, now: number) {
  const [wanted, refused]: [Map<string, Wanted>, RefusedCount[]] = [new Map(), []];
  for (const count of totals) {
    const reason = nameRefusal(count.endpoint) ?? hourRefusal(count.hour, now);
    if (reason !== undefined) {
      refused.push({ count, reason });
      continue;
    }
    const [metric, at] = [metricOf(prefix, count.endpoint), secondsOf(count.hour)];
    const [key, { total = 0, counts = [] } = {}] = [`${at} ${metric}`, wanted.get(`${at} ${metric}`)];
    wanted.set(key, { key, metric, at, total: Math.max(total, count.count), counts: [...counts, count] });
  }
  return { wanted: [...wanted.values()], refused };
}
