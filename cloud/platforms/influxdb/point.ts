/**
 * An hour's total as a line of InfluxDB's line protocol, and what it cannot express. Pure.
 *
 *   button_presses,endpoint=board-1 count=42i 1763978400
 *
 * The line is the maintained client's. Line protocol has no sign for a backslash: one that stands at the end of a name, or before
 * what must be escaped, would escape what follows it.
 * https://docs.influxdata.com/influxdb/v1/write_protocols/line_protocol_reference/#special-characters
 */
import { Point } from '@influxdata/influxdb-client';
import type { HourlyCount } from '../../ingest/store.ts';
import { startOfHour } from '../../protocol/hour.ts';

export const MEASUREMENT = 'button_presses';
export const ENDPOINT_TAG = 'endpoint';
export const COUNT_FIELD = 'count';

/** The time is the hour's beginning, in seconds since 1970. RangeError if the hour is none. */
export function lineOf({ endpoint, hour, count }: HourlyCount): string {
  const start = startOfHour(hour);
  if (start === undefined) throw new RangeError(`${JSON.stringify(hour)} is no hour`);
  const point = new Point(MEASUREMENT)
    .tag(ENDPOINT_TAG, endpoint)
    .intField(COUNT_FIELD, count)
    .timestamp(start / 1000);
  return point.toLineProtocol() ?? '';
}

/** Why InfluxDB cannot have an endpoint of this name; undefined: it can. */
export function nameRefusal(endpoint: string): string | undefined {
  if (/\\(?=[ ,=\\]|$)/.test(endpoint)) {
    return 'InfluxDB has no names with a backslash at the end, or before a blank, comma, equals sign or backslash';
  }
  // The client would write a line's end as two signs.
  if (/\p{Cc}/u.test(endpoint)) return 'InfluxDB has no names with control characters';
  return undefined;
}
