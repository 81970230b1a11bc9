/**
 * The failure queue: says that something was set aside, why, and under which key it lies. People read it, and an alarm.
 *
 * Notices may come twice, as SQS itself may deliver twice, and remain when what they tell of was dropped.
 */
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { FailureQueue, Notice } from '../../../ingest/aside/failure-queue.ts';
import { inParallel } from '../../../ingest/in-parallel.ts';
import { StoreError } from '../../../protocol/errors.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const BATCH = 10;
const BATCHES_AT_ONCE = 8;
/** Times that what SQS refuses of a batch is sent. */
const ATTEMPTS = 3;
const REASON_LIMIT = 1_000;
/** Milliseconds that a request may take, with the client's own repetitions. */
const PATIENCE_MS = 5_000;

export interface FailureQueueOptions {
  readonly client: SQSClient;
  readonly url: string;
  /** Milliseconds since 1970 after which no new request begins. */
  readonly deadline: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function failureQueue(options: FailureQueueOptions): FailureQueue {
  const send = async (notices: readonly Notice[]): Promise<void> => {
    let left = notices;
    for (let tried = 0; tried < ATTEMPTS && left.length > 0; tried += 1) left = await sendBatch(left, options);
    if (left.length > 0) throw queueDown(`${left.length} messages were refused`);
  };
  return {
    async tell(notices) {
      const batches: Notice[][] = [];
      for (let at = 0; at < notices.length; at += BATCH) batches.push(notices.slice(at, at + BATCH));
      await inParallel(batches, BATCHES_AT_ONCE, send);
    },
  };
}

/** Those that have to be sent again. */
async function sendBatch(notices: readonly Notice[], options: FailureQueueOptions): Promise<readonly Notice[]> {
  const { client, url, deadline, now } = options;
  const left = Math.min(PATIENCE_MS, deadline() - now());
  if (left <= 0) throw queueDown('the time was up before it was asked');
  const Entries = notices.map((notice, index) => ({ Id: String(index), MessageBody: textOf(notice) }));
  try {
    const command = new SendMessageBatchCommand({ QueueUrl: url, Entries });
    const { Failed = [] } = await client.send(command, { abortSignal: AbortSignal.timeout(Math.ceil(left)) });
    const failed = new Set(Failed.map(({ Id }) => Id));
    return notices.filter((_, index) => failed.has(String(index)));
  } catch (error) {
    throw queueDown(error instanceof Error ? `${error.name}: ${error.message}` : String(error), error);
  }
}

/** ASCII alone: SQS refuses a message with a character that XML does not have. */
function textOf(notice: Notice): string {
  const text = JSON.stringify({ ...notice, reason: notice.reason.slice(0, REASON_LIMIT) });
  return text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function queueDown(why: string, cause?: unknown): StoreError {
  const fix = 'Check the queue, its region, the credentials and what they may do.';
  return new StoreError('STORE_DOWN', `the failure queue could not be used: ${why}`, fix, { cause });
}
