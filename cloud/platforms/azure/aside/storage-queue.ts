/**
 * The failure queue in Queue storage: a message says what was set aside, why, and where it lies.
 *
 * https://learn.microsoft.com/rest/api/storageservices/put-message
 */
import type { QueueClient } from '@azure/storage-queue';
import type { FailureQueue, Notice } from '../../../ingest/aside/failure-queue.ts';
import { inParallel } from '../../../ingest/in-parallel.ts';
import { StoreError } from '../../../protocol/errors.ts';

const AT_ONCE = 16;
/** A message holds 64 KiB. */
const REASON_LIMIT = 1_000;
/** Seconds: it stays until somebody has seen it. */
const FOR_EVER = -1;
const PATIENCE_MS = 15_000;

export function storageQueue(queue: QueueClient): FailureQueue {
  const send = async (notice: Notice): Promise<void> => {
    try {
      const abortSignal = AbortSignal.timeout(PATIENCE_MS);
      await queue.sendMessage(textOf(notice), { messageTimeToLive: FOR_EVER, abortSignal });
    } catch (error) {
      const { message, code } = error as Error & { code?: string };
      const fix = 'Check the account, the queue, the credentials and what they may do.';
      const why = `${code ?? 'error'}: ${message.split('\n')[0]}`;
      throw new StoreError('STORE_DOWN', `the failure queue could not be used: ${why}`, fix, { cause: error });
    }
  };
  return { tell: (notices) => inParallel(notices, AT_ONCE, send) };
}

/** JSON in base64, as functions and the portal read it. */
function textOf(notice: Notice): string {
  return Buffer.from(JSON.stringify({ ...notice, reason: notice.reason.slice(0, REASON_LIMIT) })).toString('base64');
}
