/**
 * The table's stream to CloudWatch.
 *
 *   records ─► one change a record, or poison ─► poison set aside
 *              folded by endpoint and hour ─► the exact metric ─► the guide's metric
 *                                             refused: only the datum is set aside, the table has counted it
 *
 * Lambda repeats a stream from the lowest failure on, so one is reported: the first record of what could not be told. The
 * exact metric bears the repetition. The guide's adds up, so it is told of what lies before the failure alone, and is
 * told twice only where CloudWatch took a part of it. Wiring (clients, environment) is in stream.main.ts.
 */
import { hash } from 'node:crypto';
import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import { keyOfKind } from '../../../ingest/aside/bucket-shelf.ts';
import type { Shelf } from '../../../ingest/aside/shelf.ts';
import type { AsideItem } from '../../../ingest/store.ts';
import { FormatError, StoreError } from '../../../protocol/errors.ts';
import { exactDatum, guideDatum, isTooOld } from '../cloudwatch/datum.ts';
import { type TellOptions, type TellResult, tell } from '../cloudwatch/tell.ts';
import type { Deadline, RemainingTime } from './deadline.ts';
import { type FoldedHour, foldChanges } from './fold-changes.ts';
import { type HandlerLog, loggable } from './log.ts';
import { type HourChange, isPoison, type Poison, readRecord } from './stream-record.ts';
import type { Tally } from './tally.ts';

export interface StreamDeps {
  /** Who takes the data; `deadline` is the one below. */
  readonly cloudWatch: TellOptions;
  /** Write the guide's metric too. */
  readonly guideMetric: boolean;
  /** Where records go that can never be read. */
  readonly records: Pick<Shelf, 'put'>;
  /** Where data go that CloudWatch never takes. */
  readonly data: Pick<Shelf, 'put'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly deadline: Deadline;
  readonly log: HandlerLog;
  readonly tally: Tally;
}

/** The first record that Lambda is to hand over again; none if all is done. */
export interface StreamAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export type StreamHandler = (event: unknown, context: RemainingTime) => Promise<StreamAnswer>;

/** A handler that throws FormatError for what is no event of a stream, and where no record could be named as failed. */
export function streamHandler(deps: StreamDeps): StreamHandler {
  const { deadline, now, log, tally } = deps;
  return async (event, context) => {
    deadline.begin(now(), context);
    try {
      const records = recordsOf(event);
      const changes: HourChange[] = [];
      const poison: Poison[] = [];
      for (const record of records) {
        const read = readRecord(record);
        if (read !== undefined && isPoison(read)) poison.push(read);
        else if (read !== undefined && !isOldHistory(read, now())) changes.push(read);
      }
      const failed = await tellChanges(changes, await setPoisonAside(poison, deps), deps);
      if (failed.length === 0) return { batchItemFailures: [] };
      const itemIdentifier = asWritten(
        records,
        failed.reduce((least, one) => (one < least ? one : least)),
      );
      tally.add('recordsFailed', 1);
      log.warn('the batch is to be repeated', { from: itemIdentifier });
      return { batchItemFailures: [{ itemIdentifier }] };
    } catch (error) {
      log.error('a batch failed', loggable(error));
      throw error;
    } finally {
      tally.publish();
    }
  };
}

/** A sequence number as its record has it: Lambda compares texts, and zeros may stand in front. */
function asWritten(records: readonly unknown[], sequence: bigint): string {
  for (const record of records) {
    const text = (record as { dynamodb?: { SequenceNumber?: unknown } } | null)?.dynamodb?.SequenceNumber;
    if (typeof text === 'string' && /^\d+$/.test(text) && BigInt(text) === sequence) return text;
  }
  return String(sequence);
}

/** Years of another table's hours may be carried over: that CloudWatch takes none of them need not be told of each. */
function isOldHistory({ carriedOver, hour }: HourChange, now: number): boolean {
  return carriedOver === true && isTooOld(hour, now);
}

function recordsOf(event: unknown): readonly unknown[] {
  const records = typeof event === 'object' && event !== null && 'Records' in event ? event.Records : undefined;
  if (Array.isArray(records)) return records;
  throw new FormatError('STREAM_FORMAT', 'the event has no list of Records: it is none of a DynamoDB stream');
}

/** Sequence numbers of what could not be set aside. Throws if one has none: then the whole batch has to come again. */
async function setPoisonAside(poison: readonly Poison[], { records, now, log, tally }: StreamDeps): Promise<bigint[]> {
  if (poison.length === 0) return [];
  const items = poison.map(({ record, reason }) => recordItem(record, reason, now()));
  try {
    await records.put(items);
    tally.add('setAside', items.length);
    for (const { key, reason } of items) log.warn('a record was set aside', { key, reason });
    return [];
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log.error('records could not be set aside', loggable(error));
    // No room stays so for long, and what follows in the shard must not wait for it: the table has what the record told.
    if (error.code === 'ASIDE_FULL') return [];
    const sequences = poison.flatMap(({ sequence }) => sequence ?? []);
    if (sequences.length < poison.length) throw error;
    return sequences;
  }
}

function recordItem(record: unknown, reason: string, receivedAt: number): AsideItem {
  const body = Buffer.from(JSON.stringify(record) ?? 'null');
  const { eventID } = (record ?? {}) as { eventID?: unknown };
  const named = typeof eventID === 'string' && /^[\w-]{1,64}$/.test(eventID);
  return { key: keyOfKind('record', named ? eventID : nameOf(body)), receivedAt, reason, body };
}

/** Sequence numbers of what failed before, and of the first records of what could not be told. */
async function tellChanges(
  changes: readonly HourChange[],
  before: readonly bigint[],
  deps: StreamDeps,
): Promise<bigint[]> {
  const exact = foldChanges(changes).map((of) => ({ of, datum: exactDatum(of, of.total) }));
  const failed = [...before, ...(await settle(await tell(exact, deps.cloudWatch), exact.length, deps))];
  if (!deps.guideMetric) return failed;
  const done = changes.filter(({ sequence }) => failed.every((first) => sequence < first));
  const guide = foldChanges(done).map((of) => ({ of, datum: guideDatum(of, of.increment) }));
  return [...failed, ...(await settle(await tell(guide, deps.cloudWatch), guide.length, deps))];
}

async function settle(result: TellResult<FoldedHour>, told: number, deps: StreamDeps): Promise<bigint[]> {
  const { refused, failed } = result;
  deps.tally.add('dataTold', told - refused.length - failed.length);
  const firsts = failed.map(({ firstSequence }) => firstSequence);
  if (refused.length === 0) return firsts;
  const { data, now, log, tally } = deps;
  for (const { of, reason, datum } of refused) {
    const { endpoint, hour } = of;
    log.warn('counted, but CloudWatch does not take it', { endpoint, hour, metric: metricOf(datum), reason });
  }
  try {
    await data.put(refused.map((one) => datumItem(one, now())));
    tally.add('setAside', refused.length);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log.error('data that CloudWatch does not take could not be set aside', loggable(error));
    // No room stays so for long, and the table has the count: only what passes is waited for.
    if (error.code !== 'ASIDE_FULL') firsts.push(...refused.map(({ of }) => of.firstSequence));
  }
  return firsts;
}

/** Kept once for an endpoint, a metric and what is wrong: the table has all of it, and old hours may be many. */
function datumItem(refused: TellResult<FoldedHour>['refused'][number], receivedAt: number): AsideItem {
  const { of, datum, about, reason } = refused;
  const { endpoint, hour, total, increment } = of;
  const metric = metricOf(datum);
  const body = Buffer.from(JSON.stringify({ endpoint, hour, total, increment, metric }));
  const name = nameOf(Buffer.from(JSON.stringify([endpoint, metric, about])));
  return { key: keyOfKind('datum', name), receivedAt, reason, body };
}

function metricOf({ Dimensions }: MetricDatum): 'exact' | 'guide' {
  return Dimensions === undefined ? 'guide' : 'exact';
}

function nameOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex').slice(0, 32);
}
