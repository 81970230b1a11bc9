/**
 * SQS on this machine: standard queues with visibility timeouts, delays, long polling and batches, with the service's own
 * limits and errors. What is not here: FIFO queues, redriving, policies.
 */
import type { DatabaseSync } from 'node:sqlite';
import { Faults } from '../faults.ts';
import type { Fields } from '../fields.ts';
import { answerJson, type JsonService, type Operation } from '../json-service.ts';
import type { ServiceAnswer, ServiceRequest, World } from '../wire.ts';
import { Arrivals } from './arrivals.ts';
import { eachEntry, entriesOf } from './batch.ts';
import { BROKEN, missing, refuse, THROTTLED } from './errors.ts';
import { type Message, Messages } from './messages.ts';
import { createQueue, getQueueAttributes, getQueueUrl, purgeQueue, queueOf } from './queues.ts';
import { readReceipt } from './receipt.ts';
import { receive } from './receive.ts';
import { messageSize, readMessage, sent } from './send.ts';
import { MAX_MESSAGE, withDefaults } from './settings.ts';
import { VISIBILITY, wholeNumber } from './whole.ts';

/** What `x-amz-target` begins with. */
export const SQS_TARGET = 'AmazonSQS';

/** A message of 1 MiB grows when JSON escapes it: by six at most. */
export const REQUEST_LIMIT = 8 * MAX_MESSAGE;

export interface Sqs {
  handle(operation: string, request: ServiceRequest): Promise<ServiceAnswer>;
  readonly faults: Faults;
  /** Makes a queue with the service's defaults, if there is none of that name. */
  makeQueue(name: string): void;
  /** What a queue holds, handed out or not, in the order it was sent. */
  messages(queue: string): Message[];
}

export function newSqs(db: DatabaseSync, world: World): Sqs {
  const messages = new Messages(db);
  const faults = new Faults(world);
  const service: JsonService = {
    operations: operations(messages, world),
    bodyLimit: REQUEST_LIMIT,
    throttled: THROTTLED,
    broken: BROKEN,
    faults,
    newId: world.newId,
  };
  return {
    handle: (operation, request) => answerJson(service, operation, request),
    faults,
    makeQueue: (name) => void messages.makeQueue(name, withDefaults({}), world.now()),
    messages: (queue) => messages.all(queue),
  };
}

function operations(messages: Messages, world: World): ReadonlyMap<string, Operation> {
  const arrivals = new Arrivals();
  const { now, newId } = world;

  function send(input: Fields): object {
    const queue = queueOf(messages, input, now());
    const message = readMessage(input, queue, now(), newId());
    messages.send(queue.name, [message]);
    arrivals.arrived(queue.name);
    return sent(message);
  }

  function sendBatch(input: Fields): object {
    const queue = queueOf(messages, input, now());
    const entries = entriesOf(input);
    const bytes = entries.map(({ fields }) => Buffer.byteLength(fields.string('MessageBody') ?? ''));
    refuseLong(bytes.reduce((sum, one) => sum + one, 0));
    const accepted: ReturnType<typeof readMessage>[] = [];
    const answer = eachEntry(entries, ({ fields }) => {
      const message = readMessage(fields, queue, now(), newId());
      accepted.push(message);
      return sent(message);
    });
    refuseLong(accepted.map(messageSize).reduce((sum, one) => sum + one, 0));
    messages.send(queue.name, accepted);
    arrivals.arrived(queue.name);
    return answer;
  }

  function remove(fields: Fields, queue: string): object {
    const { seq, receives } = readReceipt(fields, queue);
    messages.delete(queue, seq, receives);
    return {};
  }

  function changeVisibility(input: Fields): object {
    const queue = queueOf(messages, input, now());
    const { seq, receives } = readReceipt(input, queue.name);
    const seconds = wholeNumber(input, 'VisibilityTimeout', VISIBILITY);
    if (seconds === undefined) throw missing('VisibilityTimeout');
    const message = messages.find(queue.name, seq);
    if (message?.receives !== receives || message.visibleAt <= now()) {
      throw refuse('MessageNotInflight', 'The message referred to is not in flight.');
    }
    messages.hide(seq, now() + seconds * 1000);
    arrivals.arrived(queue.name);
    return {};
  }

  return new Map<string, Operation>([
    ['SendMessage', send],
    ['SendMessageBatch', sendBatch],
    ['ReceiveMessage', (input, request) => receive({ messages, arrivals, world }, input, request)],
    ['DeleteMessage', (input) => remove(input, queueOf(messages, input, now()).name)],
    [
      'DeleteMessageBatch',
      (input) => {
        const { name } = queueOf(messages, input, now());
        return eachEntry(entriesOf(input), ({ fields }) => remove(fields, name));
      },
    ],
    ['ChangeMessageVisibility', changeVisibility],
    ['GetQueueAttributes', (input) => getQueueAttributes(messages, input, now())],
    ['GetQueueUrl', (input, request) => getQueueUrl(messages, input, request)],
    ['CreateQueue', (input, request) => createQueue(messages, input, now(), request)],
    ['PurgeQueue', (input) => purgeQueue(messages, input, now())],
  ]);
}

function refuseLong(bytes: number): void {
  if (bytes <= MAX_MESSAGE) return;
  throw refuse(
    'BatchRequestTooLong',
    `Batch requests cannot be longer than ${MAX_MESSAGE} bytes. You have sent ${bytes} bytes.`,
  );
}
