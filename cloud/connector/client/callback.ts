/**
 * The notification callback of a key: GET, PUT, DELETE /v2/notification/callback.
 *
 * A key has one channel. Registering silently replaces the URL before; deleting takes subscriptions and unsent events
 * along. Source: Connector-mDS-REST-API docs/api-reference.md; Pelion OpenAPI of 29 April 2020.
 */
import { FormatError } from '../../protocol/errors.ts';
import type { Answer } from './answer.ts';
import { notUnderstood, refusal } from './refusal.ts';
import { type Callback, type Registration, readCallback, type Serialization, secretsOf } from './registration.ts';
import type { Call, Service } from './service.ts';
import type { ServiceError } from './service-error.ts';

const PATH = '/notification/callback';

/** The service answers only after it has tried the URL, which may take it the 20 s that it gives every webhook. */
const TRIAL_MS = 20_000;

/** Statuses with which a service refuses a body that it does not know all of: Device Connector knows no `serialization`. */
const UNKNOWN_FIELD = new Set([400, 415, 422]);

export interface Registered {
  /** What the service agreed to; undefined: it writes events its own way. */
  readonly serialization: Serialization | undefined;
  /** Why it did not agree to the one that was asked for. */
  readonly refused: { readonly status: number; readonly reason: string } | undefined;
}

/** What is registered; undefined: nothing. `secrets` are those that the answer may hold. */
export async function getCallback(service: Service, secrets: readonly string[] = []): Promise<Callback | undefined> {
  const call: Call = { method: 'GET', path: PATH, doing: 'asking for the webhook', secrets };
  const answer = await service.call(call);
  // A web page is another kind of server, which knows no callbacks at all.
  if (answer.status === 404 && answer.type !== 'text/html') return undefined;
  if (answer.status !== 200) throw refusal(service, call, answer);
  if (answer.cut) throw notUnderstood(service, call, answer, 'with far too much');
  try {
    return readCallback(answer.text);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw notUnderstood(service, call, answer, error.message);
  }
}

/**
 * Registers a webhook, in place of what was registered. The service tries the URL first, so it must be listening.
 *
 * Where the service refuses the serialization, or perhaps does, it is asked once more without: it never hurts, and if
 * the URL was the reason, it refuses again and says so.
 */
export async function putCallback(service: Service, registration: Registration): Promise<Registered> {
  const { url, headers, serialization } = registration;
  const call: Call = {
    method: 'PUT',
    path: PATH,
    doing: 'registering the webhook',
    body: { url, headers, ...(serialization === undefined ? {} : { serialization }) },
    secrets: secretsOf(registration),
    moreMs: TRIAL_MS,
  };
  const first = await service.call(call);
  if (isDone(first)) return { serialization, refused: undefined };
  if (serialization === undefined || !UNKNOWN_FIELD.has(first.status)) throw await refusedBy(service, call, first);
  const second = await service.call({ ...call, body: { url, headers } });
  const { status, reason } = first;
  if (isDone(second)) return { serialization: undefined, refused: { status, reason } };
  const before =
    status === second.status && reason === second.reason ? '' : `; with serialization ${status}: ${reason}`;
  throw await refusedBy(service, call, { ...second, reason: second.reason + before });
}

/** Deletes what is registered; false: nothing was. */
export async function deleteCallback(service: Service): Promise<boolean> {
  const call: Call = { method: 'DELETE', path: PATH, doing: 'deleting the webhook' };
  const answer = await service.call(call);
  if (answer.status === 404 && answer.type !== 'text/html') return false;
  if (!isDone(answer)) throw refusal(service, call, answer);
  return true;
}

/** 204, or 200 as some stand-ins answer; a web page is no consent. */
export function isDone({ status, type }: Answer): boolean {
  return status === 204 || (status === 200 && type !== 'text/html');
}

/** A 400 may mean that the key has a channel of another kind: Pelion can tell which. */
async function refusedBy(service: Service, call: Call, answer: Answer): Promise<ServiceError> {
  const channel = answer.status === 400 ? await otherChannel(service) : undefined;
  if (channel === undefined) return refusal(service, call, answer);
  return refusal(service, call, { ...answer, reason: `${answer.reason}; the key has a channel of type ${channel}` });
}

async function otherChannel(service: Service): Promise<string | undefined> {
  try {
    const { status, text } = await service.call({
      method: 'GET',
      path: '/notification/channel',
      doing: 'asking for the channel',
    });
    if (status !== 200) return undefined;
    const mechanism = (JSON.parse(text) as { delivery_mechanism?: unknown } | null)?.delivery_mechanism;
    return mechanism === 'LONG_POLLING' || mechanism === 'WEB_SOCKET' ? mechanism : undefined;
  } catch {
    // Asked only to explain better: the refusal itself is told either way.
    return undefined;
  }
}
