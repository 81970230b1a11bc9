/**
 * One record of the table's stream: what it says of an endpoint's hour, nothing, or that it is poison. Pure.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
 */
import { startOfHour } from '../../../protocol/hour.ts';
import { OURS } from '../store/keys.ts';

/** An endpoint's hour went from one total to another. */
export interface HourChange {
  readonly endpoint: string;
  /** `YYYY-MM-DD HH:00:00`, UTC. */
  readonly hour: string;
  readonly before: number;
  readonly after: number;
  readonly sequence: bigint;
  /** The presses are another table's (store/carry-over.ts). */
  readonly carriedOver?: true;
}

/** A record that can never be read. */
export interface Poison {
  readonly reason: string;
  readonly record: unknown;
  /** Undefined if not even that could be read. */
  readonly sequence: bigint | undefined;
}

/** Undefined: the record is nothing that a sink is told. */
export function readRecord(record: unknown): HourChange | Poison | undefined {
  const { eventName, dynamodb } = fieldsOf(record);
  const { Keys, NewImage, OldImage, SequenceNumber } = fieldsOf(dynamodb);
  const sequence = sequenceOf(SequenceNumber);
  const poison = (reason: string): Poison => ({ reason, record, sequence });
  // Nothing that was deleted takes back presses.
  if (eventName === 'REMOVE') return undefined;
  const keys = fieldsOf(Keys);
  const [endpoint, hour] = [fieldsOf(keys.Endpoint).S, fieldsOf(keys.EventHour).S];
  if (typeof endpoint !== 'string' || endpoint === '') return poison('the record has no key Endpoint that is a text');
  if (endpoint.startsWith(OURS)) return undefined;
  if (sequence === undefined) return poison('the record has no sequence number');
  if (typeof hour !== 'string' || startOfHour(hour) === undefined) {
    return poison('the key EventHour is no hour like 2026-03-01 12:00:00');
  }
  const [before, after] = [countOf(OldImage), countOf(NewImage)];
  if (after === undefined) return poison('EventCount is no whole number');
  if (before === undefined) return poison('EventCount was no whole number before');
  if (before === after) return undefined;
  const carriedOver = fieldsOf(NewImage).Carried !== undefined && fieldsOf(OldImage).Carried === undefined;
  return { endpoint, hour, before, after, sequence, ...(carriedOver ? { carriedOver } : {}) };
}

export function isPoison(read: HourChange | Poison): read is Poison {
  return 'reason' in read;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Up to 40 digits, which grow within a shard. */
function sequenceOf(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^\d{1,64}$/.test(value) ? BigInt(value) : undefined;
}

/** No image and no count are 0: a state may be there before the first press. */
function countOf(image: unknown): number | undefined {
  const { EventCount } = fieldsOf(image);
  if (EventCount === undefined) return 0;
  const { N } = fieldsOf(EventCount);
  const count = typeof N === 'string' && /^\d{1,16}$/.test(N) ? Number(N) : undefined;
  return count !== undefined && Number.isSafeInteger(count) ? count : undefined;
}
