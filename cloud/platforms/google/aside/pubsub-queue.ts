/**
 * The failure queue as a Pub/Sub topic: a message says what was set aside, why, and where it lies.
 *
 * https://cloud.google.com/pubsub/docs/publisher
 */
import type { Topic } from '@google-cloud/pubsub';
import type { FailureQueue, Notice } from '../../../ingest/aside/failure-queue.ts';
import { inParallel } from '../../../ingest/in-parallel.ts';
import { StoreError } from '../../../protocol/errors.ts';

const AT_ONCE = 100;
const REASON_LIMIT = 1_000;
/** Milliseconds: the library would try for ten minutes. */
const PATIENCE_MS = 10_000;

export function pubsubQueue(topic: Topic): FailureQueue {
  const send = async (notice: Notice): Promise<void> => {
    const json = { ...notice, reason: notice.reason.slice(0, REASON_LIMIT) };
    const late = AbortSignal.timeout(PATIENCE_MS);
    const tooLate = new Promise<never>((_, reject) => {
      late.addEventListener('abort', () => reject(new Error('it did not answer in time')), { once: true });
    });
    try {
      await Promise.race([topic.publishMessage({ json, attributes: { kind: notice.kind } }), tooLate]);
    } catch (error) {
      const { message, code } = error as Error & { code?: number | string };
      const fix = 'Check the topic, the credentials and what they may do.';
      const why = `${code ?? ''} ${message.split('\n')[0]}`;
      throw new StoreError('STORE_DOWN', `the failure queue could not be used: ${why}`, fix, { cause: error });
    }
  };
  return { tell: (notices) => inParallel(notices, AT_ONCE, send) };
}
