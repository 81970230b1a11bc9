/**
 * Places that counts are copied from and to, as one word each: a store, and after a colon which one.
 *
 *   local:./presses   dynamodb, dynamodb:test_ (a prefix)   table, table:mytable   firestore, firestore:my-database
 *
 * A cloud's name stands for its store. What else leads to a store is said by the options of its platform.
 */
import { resolve } from 'node:path';
import type { Store } from '../cloud/ingest/store.ts';
import { UsageError } from '../cloud/protocol/errors.ts';
import {
  type OpenOptions,
  openStore,
  PLATFORMS,
  type PlatformWords,
  presetOf,
  STORES,
  type StoreName,
} from './platforms.ts';

export interface Place {
  readonly store: StoreName;
  readonly which: string | undefined;
}

const EXAMPLE = `Write a store and which one, like local:./presses; stores are ${STORES.join(', ')}.`;

/** UsageError if the words name no place. */
export function placeOf(option: string, text: string): Place {
  const colon = text.indexOf(':');
  const [name, which] = colon < 0 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)];
  const platform = PLATFORMS.find((one) => one === name);
  const preset = platform && presetOf({ platform });
  if (preset !== undefined && preset.sink !== 'none') {
    throw new UsageError(`${option} is ${text}, and ${name} keeps no counts`, `Name the store: local:./presses.`);
  }
  const store = STORES.find((one) => one === name) ?? preset?.store;
  if (store === undefined) throw new UsageError(`${option} is ${text}`, EXAMPLE);
  if (which === '') throw new UsageError(`${option} is ${text}, with nothing after the colon`, EXAMPLE);
  if (store === 'local' && which === undefined) throw new UsageError(`${option} does not say which folder`, EXAMPLE);
  return { store, which };
}

/** The same place cannot be copied to itself. */
export function isSamePlace(one: Place, other: Place): boolean {
  const [mine, theirs] = [one, other].map(({ store, which }) => (store === 'local' ? resolve(which ?? '') : which));
  return one.store === other.store && mine === theirs;
}

/** Opens a place; `words` are the options of its platform. */
export async function openPlace({ store, which }: Place, words: PlatformWords, options: OpenOptions): Promise<Store> {
  const own = { ...words, platform: 'local', store } as const;
  const place = which === undefined ? {} : { [WHICH[store]]: which };
  return await openStore(onlyOf(store, { ...own, ...place }), options);
}

const WHICH = {
  local: 'data',
  dynamodb: 'awsPrefix',
  table: 'azureTable',
  firestore: 'googleDatabase',
} as const satisfies Record<StoreName, keyof PlatformWords>;

/** What belongs to the other place is none of this one's business. */
function onlyOf(store: StoreName, words: PlatformWords): PlatformWords {
  const { data, awsPrefix, region, profile, bucket, ...rest } = words;
  const of = (prefix: string): Partial<PlatformWords> =>
    Object.fromEntries(Object.entries(rest).filter(([name]) => name.startsWith(prefix)));
  const base = { platform: 'local', store };
  if (store === 'local') return { ...base, data };
  if (store === 'dynamodb') return { ...base, awsPrefix, region, profile, bucket };
  return { ...base, ...of(store === 'table' ? 'azure' : 'google') };
}
