/**
 * What Azure Monitor takes of an hour's presses, and under which time. Pure.
 *
 *   the hour runs        told as of now
 *   it ended just now    told as of its last moment, as long as that is 20 minutes ago at most
 *   else                 refused: it would be shown in another hour, or not at all
 *
 * https://learn.microsoft.com/azure/azure-monitor/essentials/metrics-custom-overview#timestamp and #quotas-and-limits
 */
import type { HourlyCount } from '../../../ingest/store.ts';
import { HOUR_MS, startOfHour } from '../../../protocol/hour.ts';

const MINUTE_MS = 60_000;
const OLDEST_MS = 20 * MINUTE_MS;
const AHEAD_MS = 5 * MINUTE_MS;
/** Our clock and Azure's may differ, and a request takes its time. */
const MARGIN_MS = MINUTE_MS;
/** Characters of a dimension's value. */
const NAME_LIMIT = 256;

/** Why a total would never be taken at `now` (milliseconds since 1970); undefined if nothing speaks against it. */
export function refusalOf({ endpoint, hour }: HourlyCount, now: number): string | undefined {
  return nameProblem(endpoint) ?? (typeof stampOf(hour, now) === 'string' ? String(stampOf(hour, now)) : undefined);
}

/** The time to tell an hour's presses under, milliseconds since 1970; or why there is none. RangeError if the hour is none. */
export function stampOf(hour: string, now: number): number | string {
  const start = startOfHour(hour);
  if (start === undefined) throw new RangeError(`${JSON.stringify(hour)} is no hour`);
  const stamp = Math.min(Math.max(now, start), start + HOUR_MS - 1);
  if (now - stamp > OLDEST_MS - MARGIN_MS) return 'Azure Monitor takes nothing older than 20 minutes';
  if (stamp - now > AHEAD_MS - MARGIN_MS)
    return 'the hour has not begun, and Azure Monitor takes nothing ahead of time';
  return stamp;
}

function nameProblem(endpoint: string): string | undefined {
  if (endpoint.length > NAME_LIMIT) {
    return `the value of a dimension has at most ${NAME_LIMIT} characters, this one has ${endpoint.length}`;
  }
  if (!endpoint.isWellFormed()) return 'the value of a dimension is Unicode, which half a surrogate pair is not';
  return endpoint.trim() === '' ? 'the value of a dimension is more than blanks' : undefined;
}
