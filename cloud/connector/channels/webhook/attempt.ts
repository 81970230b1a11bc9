/**
 * One attempt to deliver a message, with the faults that are to be played between connector and receiver.
 *
 *   body ─► one copy, or two at once (concurrent), the first perhaps cut off (lostAnswer) ─► acknowledged by all of them?
 *
 * What becomes of the message then, and the redelivery, is in channel.ts.
 */
import { type Answer, isAcknowledged } from './answer.ts';
import type { WebhookClient } from './client.ts';

/** What an attempt is about, for whoever decides on faults. */
export interface Attempt {
  readonly key: string;
  /** Numbers of the message's first and last event in the key's queue. */
  readonly first: number;
  readonly through: number;
  readonly events: number;
  /** Attempts before this one with the same message, in this process. */
  readonly tries: number;
}

/** Absent is no. */
export interface AttemptFaults {
  /** Two copies are under way at once; both must be acknowledged. */
  readonly concurrent?: boolean;
  /** The connection is cut when the answer arrives: the receiver has the message, and gets it again. */
  readonly lostAnswer?: boolean;
  /** If it is acknowledged, the message is sent again at once, before the next; whatever comes back. */
  readonly redeliver?: boolean;
}

/** Asked before each attempt. */
export type BeforeAttempt = (attempt: Attempt) => AttemptFaults | undefined;

/** Sends the copies; the answer is the first that is no acknowledgement, if there is one. */
export async function send(client: WebhookClient, body: Uint8Array, faults: AttemptFaults): Promise<Answer> {
  const sending = [client.put(body, { cut: faults.lostAnswer === true })];
  if (faults.concurrent === true) sending.push(client.put(body));
  const answers = await Promise.all(sending);
  return answers.find((answer) => !isAcknowledged(answer)) ?? answers[0]!;
}
