/**
 * What is to be written for one change of an endpoint, and what its holder is then. Pure.
 *
 *   only the newest hour          one update: the state and the count, if the state is the one that was read
 *   an older hour as well         a transaction: the same, and the older hours' counts
 *   a newer hour                  a transaction: the state moves there; what it left can't be advanced any more
 *
 * DynamoDB takes 100 items a transaction: presses of further hours are `due`, kept in the state until they are written.
 */

import type { Change } from '../../../ingest/fold.ts';
import { HOUR_MS, hourOf } from '../../../protocol/hour.ts';
import { firstHolder, type Holder, type Hours, holderText } from './holder.ts';
import { hourKey, type Item } from './keys.ts';

/** Items in a transaction beside the two that may hold the state. */
const MOST_OTHERS = 98;

/** One conditional update of an item; the fields are those of UpdateItem and of TransactWriteItems' Update. */
export interface Update {
  readonly Key: Item;
  readonly UpdateExpression: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeValues?: Item;
  readonly ReturnValuesOnConditionCheckFailure?: 'ALL_OLD';
}

export interface Plan {
  /** In one transaction, if there is more than one; the first has the condition on the state that was read. */
  readonly updates: readonly Update[];
  /** What holds the state when they are written. */
  readonly after: Holder;
  /** The change was not in them: apply it again, to `after`. */
  readonly again: boolean;
}

/** How `change` of the holder's state is written; undefined: nothing changed. */
export function planChange(holder: Holder, change: Pick<Change, 'state' | 'hours'>): Plan | undefined {
  const newest = newestHour(holder.hour, change.hours);
  if (newest !== holder.hour && holder.text === undefined) return planBirth(holder);
  if (newest === holder.hour && change.hours.size <= 1) {
    const [at] = change.hours.keys();
    // By far the most of them: no lists are made for it.
    if (at === undefined || hourText(at) === newest) return planWithin(holder, change, change.hours.get(at ?? 0) ?? 0);
  }
  const { inTime, due } = split(change.hours, new Set([holder.hour, newest]));
  const text = holderText(change.state, due);
  const { endpoint } = change.state;
  const added = (hour: string): number => inTime.get(hour) ?? 0;
  const others = [...inTime].filter(([hour]) => hour !== holder.hour && hour !== newest);
  const holding =
    newest === holder.hour
      ? [update(endpoint, newest, { text, seen: holder.text, added: added(newest) })]
      : [
          leave(endpoint, holder, newest, added(holder.hour)),
          update(endpoint, newest, { text, seen: undefined, added: added(newest) }),
        ];
  return {
    updates: [...holding, ...others.map(([hour, presses]) => add(endpoint, hour, presses))],
    after: { hour: newest, text, state: change.state, due },
    again: false,
  };
}

/** Nothing of another hour: one update, if there is anything to write. */
function planWithin(
  { hour, text: seen }: Holder,
  { state, hours }: Pick<Change, 'state' | 'hours'>,
  added: number,
): Plan | undefined {
  const text = holderText(state, NOTHING_DUE);
  if (text === seen && hours.size === 0) return undefined;
  return {
    updates: [update(state.endpoint, hour, { text, seen, added })],
    after: { hour, text, state, due: NOTHING_DUE },
    again: false,
  };
}

const NOTHING_DUE: Hours = new Map();

/** Writes hours that are due, as many as fit. */
export function planDue({ due, ...holder }: Holder): Plan {
  const { inTime, due: left } = split(due, new Set([holder.hour]));
  const text = holderText(holder.state, left);
  const { endpoint } = holder.state;
  const others = [...inTime].filter(([hour]) => hour !== holder.hour);
  return {
    updates: [
      update(endpoint, holder.hour, { text, seen: holder.text, added: inTime.get(holder.hour) ?? 0 }),
      ...others.map(([hour, presses]) => add(endpoint, hour, presses)),
    ],
    after: { ...holder, text, due: left },
    again: true,
  };
}

/** Another process has said where the state begins, and that is not where this change ends: it begins there, empty. */
function planBirth({ hour, state }: Holder): Plan {
  const born = firstHolder(state.endpoint, hour);
  const text = holderText(born.state, born.due);
  return {
    updates: [update(state.endpoint, hour, { text, seen: undefined, added: 0 })],
    after: { ...born, text },
    again: true,
  };
}

interface Holding {
  readonly text: string;
  /** The state that must be there; undefined: none may be there, nor have been. */
  readonly seen: string | undefined;
  readonly added: number;
}

function update(endpoint: string, hour: string, { text, seen, added }: Holding): Update {
  return {
    Key: hourKey(endpoint, hour),
    UpdateExpression: added > 0 ? 'SET EventState = :state ADD EventCount :added' : 'SET EventState = :state',
    ConditionExpression:
      seen === undefined ? 'attribute_not_exists(EventState) AND attribute_not_exists(MovedTo)' : 'EventState = :seen',
    ExpressionAttributeValues: {
      ':state': { S: text },
      ...(seen === undefined ? {} : { ':seen': { S: seen } }),
      ...(added > 0 ? { ':added': { N: String(added) } } : {}),
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

/** The item stays as a count; `MovedTo` keeps anybody from beginning there anew. */
function leave(endpoint: string, { hour, text }: Holder, to: string, added: number): Update {
  return {
    Key: hourKey(endpoint, hour),
    UpdateExpression: `REMOVE EventState SET MovedTo = :to${added > 0 ? ' ADD EventCount :added' : ''}`,
    ConditionExpression: 'EventState = :seen',
    ExpressionAttributeValues: {
      ':to': { S: to },
      ':seen': { S: text ?? '' },
      ...(added > 0 ? { ':added': { N: String(added) } } : {}),
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

function add(endpoint: string, hour: string, presses: number): Update {
  return {
    Key: hourKey(endpoint, hour),
    UpdateExpression: 'ADD EventCount :added',
    ExpressionAttributeValues: { ':added': { N: String(presses) } },
  };
}

function newestHour(hour: string, hours: Hours): string {
  let newest = -1;
  for (const at of hours.keys()) newest = Math.max(newest, at);
  const text = newest < 0 ? hour : hourText(newest);
  return text > hour ? text : hour;
}

/** Hours of the state's own items go first, then as many as fit; the rest is due. */
function split(hours: Hours, own: ReadonlySet<string>): { inTime: ReadonlyMap<string, number>; due: Hours } {
  const [inTime, due] = [new Map<string, number>(), new Map<number, number>()];
  let others = 0;
  for (const [at, presses] of hours) {
    const hour = hourText(at);
    if (own.has(hour) || others++ < MOST_OTHERS) inTime.set(hour, presses);
    else due.set(at, presses);
  }
  return { inTime, due };
}

/** The hour written last: most of a message is of one. */
let [written, writtenText] = [Number.NaN, ''];

function hourText(at: number): string {
  if (at !== written) [written, writtenText] = [at, hourOf(at * HOUR_MS)];
  return writtenText;
}
