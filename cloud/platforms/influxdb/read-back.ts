/** Reads hourly totals back from InfluxDB by InfluxQL: what its graphs show, for comparison with the store. */
import type { ReadBackQuery } from '../../ingest/sink.ts';
import type { HourlyCount } from '../../ingest/store.ts';
import { FormatError, OutsideError } from '../../protocol/errors.ts';
import { HOUR_MS } from '../../protocol/hour.ts';
import { COUNT_FIELD, ENDPOINT_TAG, MEASUREMENT, nameRefusal } from './point.ts';
import { countsIn } from './rows.ts';
import type { InfluxServer } from './server.ts';

/** Boards of one question: it is read whole before it is answered. */
const AT_ONCE = 200;
const PATIENCE_MS = 60_000;
/** Beyond what a timestamp of nanoseconds holds: https://docs.influxdata.com/influxdb/v1/query_language/explore-data/#time-syntax */
const LAST_MS = Date.UTC(2262, 0, 1);

/** Hours of these endpoints, in any order. OutsideError SERVER if it cannot be read. */
export async function* readBack(
  server: InfluxServer,
  { endpoints, from, to, signal }: ReadBackQuery,
): AsyncIterable<HourlyCount> {
  const first = Math.min(from.getTime() - (from.getTime() % HOUR_MS), LAST_MS) / 1000;
  const end = Math.ceil(Math.min(to.getTime(), LAST_MS) / 1000);
  const known = endpoints.filter((name) => nameRefusal(name) === undefined);
  for (let at = 0; at < known.length; at += AT_ONCE) {
    const names = known.slice(at, at + AT_ONCE).map((name) => `"${ENDPOINT_TAG}" = ${literal(name)}`);
    yield* ask(
      server,
      signal,
      `SELECT "${COUNT_FIELD}" FROM "${MEASUREMENT}" WHERE time >= ${first}s AND time < ${end}s AND (${names.join(' OR ')}) GROUP BY "${ENDPOINT_TAG}"`,
    );
  }
}

/** A text as InfluxQL writes it: https://docs.influxdata.com/influxdb/v1/query_language/spec/#strings */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
}

async function* ask(server: InfluxServer, stop: AbortSignal | undefined, q: string): AsyncIterable<HourlyCount> {
  try {
    const answer = await server.query(
      q,
      AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), ...(stop === undefined ? [] : [stop])]),
    );
    // A database that is not there holds nothing.
    if ('kind' in answer && answer.kind === 'no database') return;
    if ('kind' in answer) throw unreadable('why' in answer ? answer.why : 'it answered nothing');
    for await (const line of answer) if (line.trim() !== '') yield* countsIn(line);
  } catch (error) {
    if (error instanceof FormatError && /database not found/i.test(error.message)) return;
    if (error instanceof OutsideError) throw error;
    throw unreadable(error instanceof Error ? error.message : String(error), error);
  }
}

function unreadable(why: string, cause?: unknown): OutsideError {
  const fix = 'Check --influx-url, --influx-database and the token or login.';
  return new OutsideError('SERVER', `InfluxDB could not be read: ${why}`, fix, { cause });
}
