/** Reads hourly totals back from graphite-web: what its graphs show, for comparison with the store. */
import type { ReadBackQuery } from '../../ingest/sink.ts';
import type { HourlyCount } from '../../ingest/store.ts';
import { HOUR_MS, hourOf } from '../../protocol/hour.ts';
import type { Asker } from './ask.ts';
import { endpointOf, HOUR_S, KEPT_HOURS, metricOf } from './metric.ts';
import { nameRefusal } from './name.ts';

/** Points that an answer may have, so that neither side has to hold many megabytes. */
const MOST_POINTS = 100_000;
const PATIENCE_MS = 60_000;

/**
 * Hours of the endpoints that have a value, in any order. Endpoints whose names Graphite cannot have are left out, and hours
 * that are older than what it keeps. OutsideError SERVER. `now` is in milliseconds since 1970.
 */
export async function* readBack(
  asker: Asker,
  prefix: string,
  { endpoints, from, to, signal }: ReadBackQuery,
  now: number,
): AsyncIterable<HourlyCount> {
  const oldest = now - (KEPT_HOURS - 1) * HOUR_MS;
  const first = Math.ceil(startOfHourAt(Math.max(from.getTime(), oldest)) / 1000);
  // The last hour that begins before `to`, and is not ahead.
  const last = startOfHourAt(Math.min(to.getTime() - 1, now)) / 1000;
  if (last < first) return;
  const metrics = endpoints.filter((name) => nameRefusal(name) === undefined).map((name) => metricOf(prefix, name));
  const hours = (last - first) / HOUR_S + 1;
  const atOnce = Math.max(1, Math.floor(MOST_POINTS / hours));
  for (let at = 0; at < metrics.length; at += atOnce) {
    const some = metrics.slice(at, at + atOnce);
    const wanted = new Set(some);
    const time = { from: first - 1, until: last, onlyValues: true };
    for (const { target, values } of await asker.ask(
      some,
      time,
      AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), ...(signal === undefined ? [] : [signal])]),
    )) {
      const endpoint = wanted.has(target) ? endpointOf(prefix, target) : undefined;
      if (endpoint === undefined) continue;
      for (const [second, count] of values) {
        if (second % HOUR_S === 0) yield { endpoint, hour: hourOf(second * 1000), count };
      }
    }
  }
}

function startOfHourAt(ms: number): number {
  return ms - (ms % HOUR_MS);
}
