/**
 * The store on Google Firestore: exact counts in documents, what is set aside on a shelf beside it.
 *
 *   apply: for each endpoint  state -> fold -> state'  and  hour += presses, changed  in ONE commit, under the condition that the state
 *          is still the one that was read (the time of its last update)
 *
 * What the documents are is in documents.ts, how one is counted in counter.ts, many at once in together.ts, the outbox in outbox.ts.
 */
import type { Firestore } from '@google-cloud/firestore';
import type { Shelf } from '../../../ingest/aside/shelf.ts';
import { ShelvedStore } from '../../../ingest/aside/shelved-store.ts';
import type { EndpointEvents } from '../../../ingest/events.ts';
import { inParallel } from '../../../ingest/in-parallel.ts';
import type { Outbox } from '../../../ingest/outbox.ts';
import { Remembered } from '../../../ingest/remembered.ts';
import type { EndpointState } from '../../../ingest/state.ts';
import type { Applied, EndpointCopy, HourlyCount, HourlyQuery, Store, Totals } from '../../../ingest/store.ts';
import type { ToldMemory } from '../../../ingest/told.ts';
import { HOUR_MS, hourOf } from '../../../protocol/hour.ts';
import { findHolder } from './counter.ts';
import { Documents } from './documents.ts';
import { type Holder, holderOf } from './holder.ts';
import { readEndpoint, replaceEndpoint } from './move.ts';
import { changedHours } from './outbox.ts';
import { readHours, readNames, readStale, readTotals } from './reader.ts';
import { PARALLEL, Patience, persist, UnderWay } from './requests.ts';
import { countMany } from './together.ts';
import { toldInFirestore } from './told.ts';

export interface FirestoreStoreOptions {
  /** The store ends it when it is closed. */
  readonly firestore: Firestore;
  readonly shelf: Shelf;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds since 1970 after which no request is begun; asked at the beginning of each call. 15 s if left out. */
  readonly deadline?: () => number;
}

export interface FirestoreStore extends Store {
  /** Hours that changed since they were told, for one sink. */
  outbox(): Outbox;
  /** What a sink that adds up was told. */
  told(): ToldMemory;
}

/** Below the 20 s after which a sender gives up. */
const LIMIT_MS = 15_000;
/** Documents read in one request. */
const MOST_READS = 300;
const LAST_MS = Date.UTC(9999, 11, 31, 23);

export function openFirestoreStore(options: FirestoreStoreOptions): FirestoreStore {
  return new GoogleStore(options);
}

class GoogleStore extends ShelvedStore implements FirestoreStore {
  readonly #documents: Documents;
  readonly #now: () => number;
  /** They may be old: a commit under their condition is refused then. */
  readonly #remembered = new Remembered<Holder>();
  readonly #underWay = new UnderWay();
  #isEnded = false;

  constructor({ firestore, shelf, now, deadline = () => now() + LIMIT_MS }: FirestoreStoreOptions) {
    super(shelf, deadline);
    this.#documents = new Documents(firestore);
    this.#now = now;
  }

  async apply(batch: readonly EndpointEvents[]): Promise<Applied> {
    const deadline = this.begin();
    const patience = (): Patience => new Patience(this.#now, deadline, this.#underWay);
    const byEndpoint = Map.groupBy(batch, ({ endpoint }) => endpoint);
    const known = new Map<string, Holder>();
    for (const endpoint of byEndpoint.keys()) {
      const holder = this.#remembered.get(endpoint);
      if (holder !== undefined) known.set(endpoint, holder);
      // Of two calls at once, the later one reads for itself.
      this.#remembered.forget(endpoint);
    }
    await this.#lookUp(
      known,
      [...byEndpoint.keys()].filter((endpoint) => !known.has(endpoint)),
      patience,
    );
    const all = [...byEndpoint].map(([endpoint, events]) => ({ events, known: known.get(endpoint)! }));
    let [presses, stale] = [0, 0];
    await countMany(this.#documents, all, patience, (one) => {
      this.#remembered.set(one.holder.state.endpoint, one.holder);
      presses += one.presses;
      stale += one.stale;
    });
    return { presses, stale };
  }

  async *hourly({ endpoint, from, to }: HourlyQuery): AsyncIterable<HourlyCount> {
    this.begin();
    const last = Math.min(to.getTime() - 1, LAST_MS);
    const first = Math.max(from.getTime() - (from.getTime() % HOUR_MS), 0);
    if (last < first) return;
    yield* readHours(this.#documents, { endpoint, from: hourOf(first), to: hourOf(last) }, this.#reading);
  }

  async *stale(endpoint?: string): AsyncIterable<{ readonly endpoint: string; readonly stale: number }> {
    this.begin();
    if (endpoint === undefined) {
      yield* readStale(this.#documents, this.#reading);
      return;
    }
    const { stale } = (await findHolder(this.#documents, endpoint, this.#reading())).state;
    if (stale > 0) yield { endpoint, stale };
  }

  async totals(): Promise<Totals> {
    this.begin();
    return { ...(await readTotals(this.#documents, this.#reading)), ...(await this.asideUsage()) };
  }

  async *endpoints(): AsyncIterable<string> {
    this.begin();
    yield* readNames(this.#documents, this.#reading);
  }

  async read(endpoint: string): Promise<EndpointCopy | undefined> {
    this.begin();
    return await readEndpoint(this.#documents, endpoint, this.#reading);
  }

  async replace(copy: EndpointCopy, expected: EndpointState | undefined): Promise<boolean> {
    this.begin();
    this.#remembered.forget(copy.state.endpoint);
    return await replaceEndpoint(this.#documents, copy, expected, this.#reading);
  }

  outbox(): Outbox {
    return changedHours(this.#documents, this.#reading);
  }

  told(): ToldMemory {
    return toldInFirestore(this.#documents, this.#reading);
  }

  override async close(): Promise<void> {
    await super.close();
    if (this.#isEnded) return;
    this.#isEnded = true;
    // Of a client that is ended, a request that waits to be sent again fails where nobody catches it; and idle it holds nothing up.
    if (await this.#underWay.end()) await this.#documents.firestore.terminate();
  }

  /** A long reading may take its time; each of its requests may not. */
  readonly #reading = (): Patience => new Patience(this.#now, this.#now() + LIMIT_MS, this.#underWay);

  /** Reads the holders of endpoints into `known`, many a request. */
  async #lookUp(known: Map<string, Holder>, endpoints: readonly string[], patience: () => Patience): Promise<void> {
    const groups = Array.from({ length: Math.ceil(endpoints.length / MOST_READS) }, (_, index) =>
      endpoints.slice(index * MOST_READS, (index + 1) * MOST_READS),
    );
    await inParallel(groups, PARALLEL, async (names) => {
      const references = names.map((name) => this.#documents.endpoint(name));
      const documents = await persist(() => this.#documents.firestore.getAll(...references), patience());
      for (const [index, document] of documents.entries()) known.set(names[index]!, holderOf(names[index]!, document));
    });
  }
}
