/**
 * Hands a batch of a shard to the function until all of it is done, as Lambda does it.
 *
 *   success                          all done
 *   batchItemFailures                done up to the lowest that failed; the rest again
 *   an error, or the first failed    in two halves, one after the other; a single one again, after a pause
 *   tried too often, or too old      to the failure destination, and done
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
import type { Invoked } from '../functions/invocation.ts';
import type { StreamRecord } from './record.ts';

export interface BatchSettings {
  readonly bisect: boolean;
  /** A batch that is split or got on begins to count anew. */
  readonly retryAttempts: number;
  /** Milliseconds. */
  readonly maxRecordAgeMs: number;
}

export type Condition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

export interface Discarded {
  readonly records: readonly StreamRecord[];
  readonly condition: Condition;
  readonly invocations: number;
  /** Of the last invocation. */
  readonly last: Invoked | undefined;
}

export interface BatchWorld {
  readonly invoke: (event: object) => Promise<Invoked>;
  /** Everything up to this record is done. */
  readonly done: (sequenceNumber: string) => void;
  readonly discard: (discarded: Discarded) => Promise<void>;
  /** Before the nth try after a failure; rejects when all is to end. */
  readonly pause: (failures: number) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

interface Part {
  readonly records: readonly StreamRecord[];
  readonly failures: number;
  readonly last: Invoked | undefined;
}

export async function workOff(
  batch: readonly StreamRecord[],
  settings: BatchSettings,
  world: BatchWorld,
): Promise<void> {
  const parts: Part[] = [{ records: batch, failures: 0, last: undefined }];
  let inARow = 0;
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const young = await discardOld(part, settings, world);
    if (young.length === 0) continue;
    const answer = await world.invoke({ Records: young.map(({ event }) => event) });
    const failedAt = lowestFailure(answer, young);
    if (failedAt === undefined) {
      inARow = 0;
      world.done(young.at(-1)!.sequenceNumber);
      continue;
    }
    if (failedAt > 0) world.done(young[failedAt - 1]!.sequenceNumber);
    inARow += 1;
    const failed = { records: young.slice(failedAt), failures: part.failures, last: answer };
    parts.unshift(...(await again(failed, failedAt > 0, settings, world)));
    await world.pause(inARow);
  }
}

/** The parts to be tried next. */
async function again(part: Part, gotOn: boolean, settings: BatchSettings, world: BatchWorld): Promise<Part[]> {
  const { records, failures } = part;
  if (settings.bisect && gotOn) return [{ ...part, failures: 0 }];
  if (settings.bisect && records.length > 1) {
    const middle = Math.ceil(records.length / 2);
    return [records.slice(0, middle), records.slice(middle)].map((half) => ({ ...part, records: half, failures: 0 }));
  }
  if (failures < settings.retryAttempts) return [{ ...part, failures: failures + 1 }];
  await world.discard({ records, condition: 'RetryAttemptsExhausted', invocations: failures + 1, last: part.last });
  world.done(records.at(-1)!.sequenceNumber);
  return [];
}

async function discardOld(
  { records, failures, last }: Part,
  { maxRecordAgeMs }: BatchSettings,
  world: BatchWorld,
): Promise<readonly StreamRecord[]> {
  const oldest = world.now() - maxRecordAgeMs;
  const firstYoung = records.findIndex(({ createdAt }) => createdAt >= oldest);
  const old = firstYoung === -1 ? records : records.slice(0, firstYoung);
  if (old.length === 0) return records;
  await world.discard({ records: old, condition: 'RecordAgeExceeded', invocations: failures, last });
  world.done(old.at(-1)!.sequenceNumber);
  return records.slice(old.length);
}

/** Index of the lowest record that failed; 0 for the whole batch; undefined if all is well. */
function lowestFailure({ failed, payload }: Invoked, records: readonly StreamRecord[]): number | undefined {
  if (failed) return 0;
  const result = JSON.parse(payload) as { batchItemFailures?: unknown } | null;
  const failures = typeof result === 'object' ? result?.batchItemFailures : undefined;
  if (failures === undefined || failures === null) return undefined;
  if (!Array.isArray(failures)) return 0;
  const indexes = failures.map((failure: { itemIdentifier?: unknown } | null) =>
    // What names no record of the batch means the whole batch.
    Math.max(
      0,
      records.findIndex(({ sequenceNumber }) => sequenceNumber === failure?.itemIdentifier),
    ),
  );
  return indexes.length === 0 ? undefined : Math.min(...indexes);
}
