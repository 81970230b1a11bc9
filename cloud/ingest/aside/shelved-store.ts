/** What stores have in common that keep what is set aside on a shelf, and endpoints that can be read and replaced whole. */

import { StoreError } from '../../protocol/errors.ts';
import { inParallel } from '../in-parallel.ts';
import type { EndpointState } from '../state.ts';
import type { AsideItem, EndpointCopy, HourlyCount, StoreItem, Totals } from '../store.ts';
import type { Shelf } from './shelf.ts';

/** Endpoints that are written at once. */
const PARALLEL = 32;

export abstract class ShelvedStore {
  readonly #shelf: Shelf;
  readonly #deadline: () => number;
  #closed = false;

  /** `deadline`: milliseconds since 1970 after which what begins now begins no more requests. */
  constructor(shelf: Shelf, deadline: () => number) {
    [this.#shelf, this.#deadline] = [shelf, deadline];
  }

  abstract endpoints(): AsyncIterable<string>;
  abstract read(endpoint: string): Promise<EndpointCopy | undefined>;
  abstract replace(copy: EndpointCopy, expected: EndpointState | undefined): Promise<boolean>;

  async asideUsage(): Promise<Pick<Totals, 'setAside' | 'setAsideBytes'>> {
    this.begin();
    const { items: setAside, bytes: setAsideBytes } = await this.#shelf.usage();
    return { setAside, setAsideBytes };
  }

  async setAside(items: readonly AsideItem[]): Promise<void> {
    this.begin();
    await this.#shelf.put(items);
  }

  async *aside(): AsyncIterable<AsideItem> {
    this.begin();
    yield* this.#shelf.items();
  }

  async dropAside(keys: readonly string[]): Promise<void> {
    this.begin();
    await this.#shelf.drop(keys);
  }

  /** An endpoint after another, each of one moment. */
  async *export(): AsyncIterable<StoreItem> {
    for await (const endpoint of this.endpoints()) {
      const copy = await this.read(endpoint);
      if (copy === undefined) continue;
      yield { kind: 'state', ...copy.state };
      for (const hour of copy.hours) yield { kind: 'hour', ...hour };
    }
  }

  async import(items: AsyncIterable<StoreItem>): Promise<void> {
    this.begin();
    const copies = new Map<string, { state: EndpointState | undefined; hours: HourlyCount[] }>();
    for await (const { kind, ...item } of items) {
      const copy = copies.get(item.endpoint) ?? { state: undefined, hours: [] };
      if (kind === 'state') copy.state = item as EndpointState;
      else copy.hours.push(item as HourlyCount);
      copies.set(item.endpoint, copy);
    }
    for await (const _name of this.endpoints()) {
      throw new StoreError('STORE_SCHEMA', 'the store is not empty', 'Import into a new one.');
    }
    await inParallel(copies.values(), PARALLEL, async ({ state, hours }) => {
      if (state !== undefined) await this.replace({ state, hours }, undefined);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** When what begins now must have begun its last request. StoreError STORE_DOWN if it is closed. */
  protected begin(): number {
    if (this.#closed) throw new StoreError('STORE_DOWN', 'the store is closed');
    return this.#deadline();
  }
}
