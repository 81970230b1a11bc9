/** ReceiveMessage. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
import type { Fields } from '../fields.ts';
import type { ServiceRequest, World } from '../wire.ts';
import type { Arrivals } from './arrivals.ts';
import { chosen, digestOf } from './attributes.ts';
import { refuse } from './errors.ts';
import type { Message, Messages } from './messages.ts';
import { ACCOUNT, queueOf } from './queues.ts';
import { receiptFor } from './receipt.ts';
import { md5 } from './send.ts';
import { VISIBILITY, WAIT, wholeNumber } from './whole.ts';

/** Messages of a standard queue that may be handed out at once. */
const MAX_IN_FLIGHT = 120_000;
const COUNT = { from: 1, to: 10 };

export interface ReceiveDeps {
  readonly messages: Messages;
  readonly arrivals: Arrivals;
  readonly world: World;
}

/** Waits for the first message as long as the request or the queue says, and no longer than the caller is there. */
export async function receive(deps: ReceiveDeps, input: Fields, { signal }: ServiceRequest): Promise<object> {
  const { messages, arrivals, world } = deps;
  const queue = queueOf(messages, input, world.now());
  const max = wholeNumber(input, 'MaxNumberOfMessages', COUNT) ?? 1;
  const hidden = wholeNumber(input, 'VisibilityTimeout', VISIBILITY) ?? queue.settings.VisibilityTimeout;
  const wait = wholeNumber(input, 'WaitTimeSeconds', WAIT) ?? queue.settings.ReceiveMessageWaitTimeSeconds;
  const until = world.now() + wait * 1000;
  const system = [...(input.strings('AttributeNames') ?? []), ...(input.strings('MessageSystemAttributeNames') ?? [])];
  const own = input.strings('MessageAttributeNames') ?? [];
  while (!signal?.aborted) {
    const now = world.now();
    if (messages.counts(queue.name, now).inFlight >= MAX_IN_FLIGHT) {
      throw refuse('OverLimit', `Too many messages in flight: the limit is ${MAX_IN_FLIGHT}.`);
    }
    const received = messages.receive(queue.name, max, now, now + hidden * 1000);
    if (received.length > 0) return { Messages: received.map((one) => written(queue.name, one, system, own)) };
    if (now >= until) break;
    const next = Math.min(until, messages.nextVisible(queue.name) ?? until);
    await arrivals.wait(queue.name, Math.max(1, next - now), world.sleep, signal);
  }
  return {};
}

function written(queue: string, message: Message, system: readonly string[], own: readonly string[]): object {
  const all: Record<string, string> = {
    SenderId: ACCOUNT,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
  };
  const Attributes = Object.fromEntries(
    Object.entries(all).filter(([name]) => system.includes('All') || system.includes(name)),
  );
  const MessageAttributes = chosen(message.attributes, own);
  const MD5OfMessageAttributes = digestOf(MessageAttributes);
  return {
    MessageId: message.id,
    ReceiptHandle: receiptFor(queue, message),
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(Object.keys(Attributes).length > 0 ? { Attributes } : {}),
    ...(MD5OfMessageAttributes === undefined ? {} : { MessageAttributes, MD5OfMessageAttributes }),
  };
}
