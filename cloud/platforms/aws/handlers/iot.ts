/**
 * NotificationMessages that boards publish to AWS IoT Core, handed on by the rule of names.ts.
 *
 *   { body: base64 of the message, endpoint: the topic's second part } -> every `ep` is that endpoint -> take
 *
 * The topic is what a board's certificate allows it to publish to, so it says who speaks. A message in which any element
 * is of another endpoint is set aside whole, and nothing of it counts; so is an event that the rule did not make. Kept
 * is then the event, in a list, since the body alone would count when it is replayed.
 *
 * Lambda invokes it asynchronously: when the store is down it throws, and Lambda tries again, then tells the failure
 * queue. Wiring (clients, environment) is in iot.main.ts.
 */
import { hash } from 'node:crypto';
import type { AsideItem, Store } from '../../../ingest/store.ts';
import { take } from '../../../ingest/take.ts';
import { FormatError } from '../../../protocol/errors.ts';
import { decodeNotification } from '../../../protocol/notification/decode.ts';
import type { Deadline, RemainingTime } from './deadline.ts';
import { fromBase64 } from './http-event.ts';
import { type HandlerLog, loggable } from './log.ts';
import type { Tally } from './tally.ts';

export interface IotDeps {
  readonly store: Pick<Store, 'apply' | 'setAside'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The one that the store was given. */
  readonly deadline: Deadline;
  readonly log: HandlerLog;
  readonly tally: Tally;
}

export type IotHandler = (event: unknown, context: RemainingTime) => Promise<void>;

/** A handler that throws when the message has to be handed over again, and only then. */
export function iotHandler({ store, now, deadline, log, tally }: IotDeps): IotHandler {
  return async (event, context) => {
    const receivedAt = now();
    deadline.begin(receivedAt, context);
    try {
      const message = messageOf(event);
      const reason = message === undefined ? NOT_THE_RULES : foreignEndpoint(message);
      let aside: readonly AsideItem[];
      if (message !== undefined && reason === undefined) {
        ({ aside } = await take(message.body, receivedAt, { store, metrics: tally }));
      } else {
        aside = [eventAside(event, receivedAt, reason ?? NOT_THE_RULES)];
        await store.setAside(aside);
        tally.add('setAside', 1);
      }
      tally.add('messagesTaken', 1);
      const [first] = aside;
      if (first !== undefined) log.warn('set aside', { items: aside.length, key: first.key, reason: first.reason });
    } catch (error) {
      log.error('a message was not taken; it will be handed over again', loggable(error));
      tally.add('messagesFailed', 1);
      throw error;
    } finally {
      tally.publish();
    }
  };
}

const NOT_THE_RULES = 'the event is none of the IoT rule, which has `body` in base64 and `endpoint`';

interface IotMessage {
  readonly endpoint: string;
  readonly body: Uint8Array;
}

function messageOf(event: unknown): IotMessage | undefined {
  if (typeof event !== 'object' || event === null) return undefined;
  const { body, endpoint } = event as { body?: unknown; endpoint?: unknown };
  if (typeof body !== 'string' || typeof endpoint !== 'string') return undefined;
  const bytes = fromBase64(body);
  return bytes === undefined ? undefined : { endpoint, body: bytes };
}

/** Says so if an element is of another endpoint than the topic's. What cannot be decoded is for the receiver to say. */
function foreignEndpoint({ endpoint, body }: IotMessage): string | undefined {
  try {
    const { message, refused } = decodeNotification(body);
    const { notifications, registrations, regUpdates, deRegistrations, registrationsExpired } = message;
    const understood = [notifications, registrations, regUpdates, deRegistrations, registrationsExpired].flat();
    // What is not understood now may be by a later version, which must not take it for the board's own word.
    const names = [...understood.map(({ ep }) => ep), ...refused.map(({ element }) => nameIn(element))];
    const foreign = names.find((name) => name !== undefined && name !== endpoint);
    if (foreign === undefined) return undefined;
    return `an element is of ${JSON.stringify(foreign)}, the topic of ${JSON.stringify(endpoint)}`;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** Whom an element that was refused claims to be of, if it says so. */
function nameIn(element: unknown): unknown {
  if (typeof element === 'string') return element;
  return typeof element === 'object' && element !== null && 'ep' in element ? element.ep : undefined;
}

function eventAside(event: unknown, receivedAt: number, reason: string): AsideItem {
  const body = Buffer.from(JSON.stringify([event ?? null]));
  return { key: hash('sha256', body, 'hex').slice(0, 32), receivedAt, reason, body };
}
