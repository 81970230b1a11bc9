/** Queues: made, found by their URL, asked for their attributes, purged. */
import type { Fields } from '../fields.ts';
import type { ServiceRequest } from '../wire.ts';
import { invalid, missing, refuse } from './errors.ts';
import type { Messages, Queue } from './messages.ts';
import { readSettings, withDefaults } from './settings.ts';

/** The account that queues' URLs name. */
export const ACCOUNT = '000000000000';

const NAME = /^[A-Za-z0-9_-]{1,80}$/;
const PURGE_EVERY_MS = 60_000;

export function createQueue(messages: Messages, input: Fields, now: number, { origin }: ServiceRequest): object {
  const name = nameIn(input);
  const given = readSettings(input.fields('Attributes'));
  if (!messages.makeQueue(name, withDefaults(given), now)) {
    const { settings } = messages.queue(name)!;
    const differs = Object.entries(given).some(([key, value]) => settings[key as keyof typeof settings] !== value);
    if (differs) throw refuse('QueueNameExists', 'A queue already exists with the same name and a different value.');
  }
  return { QueueUrl: queueUrl(origin, name) };
}

export function getQueueUrl(messages: Messages, input: Fields, { origin }: ServiceRequest): object {
  const name = nameIn(input);
  if (messages.queue(name) === undefined) throw noQueue();
  return { QueueUrl: queueUrl(origin, name) };
}

export function queueUrl(origin: string, name: string): string {
  return `${origin}/${ACCOUNT}/${name}`;
}

function nameIn(input: Fields): string {
  const name = input.string('QueueName');
  if (!name) throw missing('QueueName');
  if (NAME.test(name)) return name;
  throw invalid('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.');
}

/** The queue that a request's QueueUrl names; what it holds for longer than it shall is gone by then. */
export function queueOf(messages: Messages, input: Fields, now: number): Queue {
  const url = input.string('QueueUrl');
  if (!url) throw missing('QueueUrl');
  const name = /\/([A-Za-z0-9_-]{1,80})\/?$/.exec(url)?.[1];
  const queue = name === undefined ? undefined : messages.queue(name);
  if (queue === undefined) throw noQueue();
  messages.expire(queue.name, now - queue.settings.MessageRetentionPeriod * 1000);
  return queue;
}

function noQueue() {
  return refuse('QueueDoesNotExist', 'The specified queue does not exist.');
}

export function purgeQueue(messages: Messages, input: Fields, now: number): object {
  const { name, purgedAt } = queueOf(messages, input, now);
  if (purgedAt !== undefined && now < purgedAt + PURGE_EVERY_MS) {
    throw refuse('PurgeQueueInProgress', `Only one PurgeQueue operation on ${name} is allowed every 60 seconds.`);
  }
  messages.purge(name, now);
  return {};
}

export function getQueueAttributes(messages: Messages, input: Fields, now: number): object {
  const { name, settings, createdAt } = queueOf(messages, input, now);
  const { visible, inFlight, delayed } = messages.counts(name, now);
  const all: Record<string, number | string> = {
    ...settings,
    ApproximateNumberOfMessages: visible,
    ApproximateNumberOfMessagesNotVisible: inFlight,
    ApproximateNumberOfMessagesDelayed: delayed,
    CreatedTimestamp: Math.floor(createdAt / 1000),
    LastModifiedTimestamp: Math.floor(createdAt / 1000),
    QueueArn: `arn:aws:sqs:local:${ACCOUNT}:${name}`,
  };
  const wanted = input.strings('AttributeNames') ?? [];
  for (const one of wanted) {
    if (one !== 'All' && !Object.hasOwn(all, one)) throw refuse('InvalidAttributeName', `Unknown Attribute ${one}.`);
  }
  const isWanted = (attribute: string) => wanted.includes('All') || wanted.includes(attribute);
  const chosen = Object.entries(all).filter(([attribute]) => isWanted(attribute));
  // On the wire every attribute is text.
  return { Attributes: Object.fromEntries(chosen.map(([attribute, value]) => [attribute, String(value)])) };
}
