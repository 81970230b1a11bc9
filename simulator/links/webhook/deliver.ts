/**
 * One batch until it is acknowledged, as the old service did it: the same body again after 1, 2, 4 ... 120 s, with the
 * faults that were drawn for it.
 *
 *   attempt 1: one copy or two at once (concurrent), the first perhaps cut off (lost-answer)
 *   attempt 2..: one copy             acknowledged: perhaps once more (redeliver)
 *
 * It has no clock: `pause` waits, and says when to give up.
 */
import type { BatchFaults } from '../../faults.ts';
import { retryWaitMs } from '../retry.ts';
import { type Answer, isAcknowledged, type WebhookClient } from './put.ts';

export interface DeliverParts {
  readonly client: Pick<WebhookClient, 'put'>;
  /** Waits before the next attempt; false: there will be none. `timedOut`: the attempt itself took the whole timeout. */
  readonly pause: (ms: number, failed: { readonly timedOut: boolean }) => Promise<boolean>;
  /** Told the number of copies before they are sent. */
  readonly onRequests: (copies: number) => void;
  /** Told at once, before a redelivery. */
  readonly onAcknowledged: () => void;
}

/** True when acknowledged, false when given up. */
export async function deliver(
  body: Uint8Array,
  faults: BatchFaults,
  { client, pause, onRequests, onAcknowledged }: DeliverParts,
): Promise<boolean> {
  for (let attempt = 0; ; attempt++) {
    const first = attempt === 0;
    const copies = first && faults.concurrent ? 2 : 1;
    onRequests(copies);
    const sending: Promise<Answer>[] = [client.put(body, { cut: first && faults.lostAnswer })];
    if (copies === 2) sending.push(client.put(body));
    const answers = await Promise.all(sending);
    if (answers.every(isAcknowledged)) break;
    const timedOut = answers.some(({ kind }) => kind === 'timeout');
    if (!(await pause(retryWaitMs(attempt), { timedOut }))) return false;
  }
  onAcknowledged();
  if (faults.redeliver) {
    onRequests(1);
    // Whatever comes back: the batch was acknowledged already.
    await client.put(body);
  }
  return true;
}
