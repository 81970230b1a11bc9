/**
 * An event source mapping: reads a table's stream and hands it to a function, as Lambda does it. Shards are read side by
 * side, each in order; a shard's children wait for it.
 */
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { LocalFunction } from '../functions/function.ts';
import { type BatchSettings, type Discarded, workOff } from './batch.ts';
import { CLOSED, openCheckpoint } from './checkpoint.ts';
import { streamFailureMessage } from './failure-message.ts';
import { filterBy } from './filter.ts';
import { Questions } from './questions.ts';
import type { StreamRecord } from './record.ts';
import { readShard } from './shard-reader.ts';
import { listShards, readable } from './shards.ts';

export interface MappingOptions extends BatchSettings {
  readonly client: DynamoDBStreamsClient;
  readonly streamArn: string;
  readonly target: Pick<LocalFunction, 'arn' | 'invoke'>;
  readonly filter: unknown;
  readonly batchSize: number;
  readonly windowMs: number;
  /** Tells the failure queue; may reject. */
  readonly onFailure: (message: string) => Promise<void>;
  /** Where positions are kept from one run to the next. */
  readonly checkpointFile?: string;
  /** Milliseconds between looks at a shard that had nothing, and after a first failure, doubled up to `mostPauseMs`. */
  readonly pollMs?: number;
  readonly mostPauseMs?: number;
  readonly log: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly newId: () => string;
}

export interface Mapping {
  /** Resolves when all that was in the stream when it was called is handed over and done. Rejects if the mapping is closed. */
  drained(): Promise<void>;
  /** Ends reading; what a function was working on is handed over again by the next run. */
  close(): Promise<void>;
}

/** How often new shards are looked for. */
const LIST_MS = 1_000;
const DESTINATION_ATTEMPTS = 5;

export function startMapping(options: MappingOptions): Mapping {
  const running = new RunningMapping(options);
  return { drained: () => running.drained(), close: () => running.close() };
}

class RunningMapping {
  readonly #options: MappingOptions;
  readonly #closing = new AbortController();
  readonly #checkpoint: ReturnType<typeof openCheckpoint>;
  readonly #fits: (record: unknown) => boolean;
  readonly #questions = new Questions();
  readonly #reading = new Map<string, Promise<void>>();
  readonly #sleeping = new Set<AbortController>();
  readonly #run: Promise<void>;

  constructor(options: MappingOptions) {
    this.#options = options;
    this.#checkpoint = openCheckpoint(options.streamArn, options.checkpointFile);
    this.#fits = filterBy(options.filter);
    this.#run = this.#read();
  }

  drained(): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.reject(new Error('the event source mapping is closed'));
    const answered = this.#questions.ask();
    this.#wake();
    return answered;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake();
    await this.#run;
    await Promise.all(this.#reading.values());
    this.#questions.refuse(new Error('the event source mapping is closed'));
  }

  /** Keeps a reader at every shard that may be read. */
  async #read(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted; ) {
      const listedAt = this.#questions.latest;
      try {
        const shards = await listShards(this.#options.client, this.#options.streamArn, signal);
        this.#checkpoint.keep(new Set(shards.map(({ id }) => id)));
        const due = readable(shards, (id) => this.#checkpoint.of(id) === CLOSED);
        for (const { id } of due) if (!this.#reading.has(id)) this.#start(id);
        this.#questions.settle(
          due.map(({ id }) => id),
          listedAt,
        );
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        this.#options.log(`the stream's shards cannot be listed: ${said(error)}`);
      }
      await this.#pause(failures > 0 || this.#questions.open ? this.#pauseMs(failures) : LIST_MS);
    }
  }

  #start(shardId: string): void {
    const reading = this.#readOn(shardId).finally(() => {
      this.#reading.delete(shardId);
      this.#questions.forget(shardId);
      this.#wake();
    });
    this.#reading.set(shardId, reading);
  }

  /** Never rejects: a failed request is another start from the checkpoint. */
  async #readOn(shardId: string): Promise<void> {
    const { signal } = this.#closing;
    const { client, streamArn, batchSize, windowMs, pollMs = 100, now } = this.#options;
    for (let failures = 0; !signal.aborted; ) {
      try {
        return await readShard({
          ...{ client, streamArn, shardId, batchSize, windowMs, pollMs, now, signal, checkpoint: this.#checkpoint },
          work: async (batch) => {
            failures = 0;
            await this.#work(shardId, batch);
          },
          hurried: () => this.#questions.open,
          question: () => this.#questions.latest,
          answered: (question) => {
            if (this.#questions.answer(shardId, question)) this.#wake();
          },
          sleep: (ms) => this.#pause(ms),
        });
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        this.#options.log(`shard ${shardId} cannot be read: ${said(error)}`);
        await this.#pause(this.#pauseMs(failures));
      }
    }
  }

  #work(shardId: string, batch: readonly StreamRecord[]): Promise<void> {
    const fitting = batch.filter(({ event }) => this.#fits(event));
    const { target, now, log } = this.#options;
    return workOff(fitting, this.#options, {
      now,
      invoke: async (event) => {
        const answer = await target.invoke(event);
        if (answer.failed) log(`the stream function failed: ${answer.payload.slice(0, 500)}`);
        this.#closing.signal.throwIfAborted();
        return answer;
      },
      done: (sequenceNumber) => this.#checkpoint.set(shardId, sequenceNumber),
      discard: (discarded) => this.#discard(shardId, discarded),
      pause: (failures) => this.#options.sleep(this.#pauseMs(failures), this.#closing.signal).then(() => undefined),
    });
  }

  /** A queue that is down for long loses the message, as with Lambda; the log has it. */
  async #discard(shardId: string, discarded: Discarded): Promise<void> {
    const { target, streamArn, now, newId, onFailure, log } = this.#options;
    const origin = { functionArn: target.arn, streamArn, shardId, requestId: newId(), at: now() };
    const message = streamFailureMessage(discarded, origin);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await onFailure(message);
      } catch (error) {
        log(`the failure queue was not told of ${message}: ${said(error)}`);
        if (attempt === DESTINATION_ATTEMPTS) return;
        await this.#options.sleep(this.#pauseMs(attempt), this.#closing.signal);
      }
    }
  }

  #pauseMs(failures: number): number {
    const { pollMs = 100, mostPauseMs = 10_000 } = this.#options;
    return Math.min(mostPauseMs, pollMs * 2 ** Math.min(Math.max(failures - 1, 0), 20));
  }

  /** Ends early when somebody asks, or when all is to end. */
  async #pause(ms: number): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const early = new AbortController();
    this.#sleeping.add(early);
    await this.#options.sleep(ms, early.signal).catch(() => undefined);
    this.#sleeping.delete(early);
  }

  #wake(): void {
    for (const early of this.#sleeping) early.abort();
  }
}

function said(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
