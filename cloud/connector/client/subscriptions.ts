/**
 * The pre-subscriptions of a key: GET, PUT, DELETE /v2/subscriptions.
 *
 * PUT replaces the list whole, so others' rules are read and written back. Between the two another program may write:
 * the API has no way to notice. An equal list is not written at all, since on Device Connector every write wipes all
 * subscriptions, those to single resources too; Pelion applies it at each board's next registration or update.
 */
import { FormatError } from '../../protocol/errors.ts';
import { isDone } from './callback.ts';
import { notUnderstood, refusal } from './refusal.ts';
import { type Rule, readRules } from './rules.ts';
import type { Call, Service } from './service.ts';

const PATH = '/subscriptions';

export interface Changed {
  /** False: the list was as it should be. */
  readonly changed: boolean;
  /** The list as it is now. */
  readonly rules: readonly Rule[];
}

/** The rules of the key; none where it has none. */
export async function getRules(service: Service): Promise<Rule[]> {
  const call: Call = { method: 'GET', path: PATH, doing: 'asking for the subscriptions' };
  const answer = await service.call(call);
  // The documents say [], ARM's own clients take 404 for the same.
  if (answer.status === 404 && answer.type !== 'text/html') return [];
  if (answer.status !== 200) throw refusal(service, call, answer);
  if (answer.cut) throw notUnderstood(service, call, answer, 'with far too much');
  try {
    return readRules(answer.text);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw notUnderstood(service, call, answer, error.message);
  }
}

/** Reads the list, and writes what `change` makes of it, if that is another list (`change` gives back the same one if not). */
export async function changeRules(
  service: Service,
  change: (rules: readonly Rule[]) => readonly Rule[],
): Promise<Changed> {
  const before = await getRules(service);
  const rules = change(before);
  if (rules === before) return { changed: false, rules };
  await putRules(service, rules);
  return { changed: true, rules };
}

/**
 * Deletes them all. DELETE means the pre-subscriptions on Pelion since 2018, and the subscriptions to single resources
 * on Device Connector, whose pre-subscriptions stay: what is left after it is replaced by an empty list.
 */
export async function deleteAllRules(service: Service): Promise<void> {
  const call: Call = { method: 'DELETE', path: PATH, doing: 'deleting the subscriptions' };
  const answer = await service.call(call);
  const none = answer.status === 404 && answer.type !== 'text/html';
  if (!isDone(answer) && !none) throw refusal(service, call, answer);
  if ((await getRules(service)).length > 0) await putRules(service, []);
}

async function putRules(service: Service, rules: readonly Rule[]): Promise<void> {
  const call: Call = { method: 'PUT', path: PATH, doing: 'writing the subscriptions', body: rules };
  const answer = await service.call(call);
  if (!isDone(answer)) throw refusal(service, call, answer);
}
