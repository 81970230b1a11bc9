/**
 * Reads one shard from where it was left, batch by batch, in order: the next batch is taken when the last one is done.
 *
 * A batch is handed over when it is full (records, or bytes that Lambda can carry) or its window is over.
 */
import {
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { SYNC_LIMIT } from '../functions/invocation.ts';
import { type Checkpoint, CLOSED } from './checkpoint.ts';
import { type StreamRecord, streamRecord } from './record.ts';

/** Room for the list's own signs. */
const BATCH_BYTES = SYNC_LIMIT - 65_536;

export interface ShardReaderOptions {
  readonly client: DynamoDBStreamsClient;
  readonly streamArn: string;
  readonly shardId: string;
  readonly checkpoint: Checkpoint;
  readonly batchSize: number;
  readonly windowMs: number;
  /** Milliseconds between looks at a shard that had nothing. */
  readonly pollMs: number;
  /** Hands over; resolves when all of the batch is done. */
  readonly work: (batch: readonly StreamRecord[]) => Promise<void>;
  /** Whether somebody waits for all that was written so far: the window is then over. */
  readonly hurried: () => boolean;
  /** A question that was put before a look that found nothing is answered: all before it is done. */
  readonly question: () => number;
  readonly answered: (question: number) => void;
  readonly sleep: (ms: number) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Resolves when the shard is closed and all of it is done; rejects when the signal aborts, or a request fails (an iterator, too, expires). */
export async function readShard(options: ShardReaderOptions): Promise<void> {
  const { client, checkpoint, shardId, signal } = options;
  let iterator: string | undefined = await iteratorAt(options);
  let [pending, since]: [StreamRecord[], number] = [[], 0];
  const handOver = async (all: boolean): Promise<void> => {
    while (pending.length > 0 && (all || isFull(pending, options.batchSize))) {
      const batch = pending.splice(0, batchLength(pending, options.batchSize));
      await options.work(batch);
      checkpoint.set(shardId, batch.at(-1)!.sequenceNumber);
    }
  };
  while (iterator !== undefined) {
    signal.throwIfAborted();
    const asked = options.question();
    const found: Page = await page(client, iterator, options);
    iterator = found.next;
    if (pending.length === 0) since = options.now();
    pending.push(...found.records);
    const over = options.now() - since >= options.windowMs || options.hurried() || iterator === undefined;
    await handOver(over);
    if (found.records.length > 0) continue;
    if (pending.length === 0) options.answered(asked);
    if (iterator !== undefined) await options.sleep(options.pollMs);
  }
  checkpoint.set(shardId, CLOSED);
}

interface Page {
  readonly records: readonly StreamRecord[];
  /** Undefined: the shard is closed and read to its end. */
  readonly next: string | undefined;
}

async function page(client: DynamoDBStreamsClient, iterator: string, options: ShardReaderOptions): Promise<Page> {
  const command = new GetRecordsCommand({ ShardIterator: iterator, Limit: 1_000 });
  const { Records = [], NextShardIterator } = await client.send(command, { abortSignal: options.signal });
  return { records: Records.map((record) => streamRecord(record, options.streamArn)), next: NextShardIterator };
}

async function iteratorAt(options: ShardReaderOptions): Promise<string | undefined> {
  const { client, streamArn: StreamArn, shardId: ShardId, checkpoint, signal } = options;
  const after = checkpoint.of(ShardId);
  const ask = async (start: object): Promise<string | undefined> => {
    const command = new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON', ...start });
    return (await client.send(command, { abortSignal: signal })).ShardIterator;
  };
  if (after === undefined) return ask({});
  try {
    return await ask({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after });
  } catch (error) {
    // Streams keep a day: what is older than that is gone.
    if (!(error instanceof TrimmedDataAccessException)) throw error;
    return ask({});
  }
}

function isFull(records: readonly StreamRecord[], batchSize: number): boolean {
  return records.length >= batchSize || batchLength(records, batchSize) < records.length;
}

/** Records that fit into one invocation; at least one. */
export function batchLength(records: readonly Pick<StreamRecord, 'bytes'>[], batchSize: number): number {
  let [length, bytes] = [0, 0];
  for (const record of records) {
    bytes += record.bytes + 1;
    if (length === batchSize || (length > 0 && bytes > BATCH_BYTES)) break;
    length += 1;
  }
  return length;
}
