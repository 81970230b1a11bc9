/** Tells Graphite totals and waits until it shows them: sink.ts says in which order, this file does it. */

import type { Newest } from '../../ingest/newest.ts';
import type { HourlyCount } from '../../ingest/store.ts';
import { OutsideError } from '../../protocol/errors.ts';
import type { Asker } from './ask.ts';
import type { Carbon, Via } from './carbon.ts';
import { Looker, type Place, placeKey, type Seen } from './look.ts';

export interface Wanted extends Place {
  readonly key: string;
  readonly total: number;
  /** What is to be said of, which is one unless the same hour is told several times at once. */
  readonly counts: readonly HourlyCount[];
}

export interface TellingOptions {
  readonly carbon: Carbon;
  readonly asker: Asker;
  readonly newest: Newest;
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Looks follow each other after 50 ms, half as long again each time, and at least as long as the last one took. */
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [50, 1_000];
/** A graphite-web that answers nothing for so long while it is asked is down. */
const DOWN_MS = 5_000;
/** A connection over which nothing arrived in two calls running leads nowhere: TCP itself says so only after a quarter of an hour. */
const MOST_IN_VAIN = 2;

export class Telling {
  readonly #options: TellingOptions;
  readonly #looker: Looker;
  #inVain = 0;
  #trouble: string | undefined;

  constructor(options: TellingOptions) {
    this.#options = options;
    this.#looker = new Looker(options.asker);
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Resolves with those that failed; never rejects for what servers do. */
  async tell(wanted: readonly Wanted[], deadline: AbortSignal): Promise<Iterable<Wanted>> {
    const told = new Told(wanted.map((one) => this.#atLeastAsNew(one)));
    if (wanted.length === 0) return [];
    this.#trouble = undefined;
    try {
      await this.#lookFirst(told, deadline);
      if (told.left.size > 0) await this.#sendAndSee(told, deadline);
      this.#trouble = told.odd ?? (told.left.size > 0 ? AHEAD : undefined);
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      this.#trouble = `${error.message}. ${error.fix}`;
    }
    return told.failed();
  }

  #atLeastAsNew(one: Wanted): Wanted {
    const told = this.#options.newest.get(one.key) ?? 0;
    return told > one.total ? { ...one, total: told } : one;
  }

  /** Finds what the server shows already; what is newer than the newest that was told cannot be there. */
  async #lookFirst(told: Told, deadline: AbortSignal): Promise<void> {
    const { newest } = this.#options;
    const unsure = told.begun(this.#options.now()).filter(({ key, total }) => {
      const newestTold = newest.get(key);
      return newestTold === undefined || newestTold >= total;
    });
    if (unsure.length > 0) told.note(unsure, await this.#looker.look(unsure, deadline));
  }

  async #sendAndSee(told: Told, deadline: AbortSignal): Promise<void> {
    const { carbon, now, sleep } = this.#options;
    const sent = told.left.size;
    let via = await this.#send(told, deadline);
    let [pause, down]: [number, number | undefined] = [FIRST_PAUSE_MS, undefined];
    let hasAnswered = false;
    for (;;) {
      const began = performance.now();
      const unseen = told.begun(now());
      if (unseen.length === 0) break;
      try {
        told.note(unseen, await this.#looker.look(unseen, deadline));
        down = undefined;
        hasAnswered = true;
      } catch (error) {
        // The last look was only broken off: the server answers, and does not show them.
        if (deadline.aborted && hasAnswered && down === undefined) throw this.#notSeen(told.left.size, sent);
        down ??= began;
        if (!(error instanceof OutsideError) || deadline.aborted || performance.now() - down > DOWN_MS) throw error;
      }
      if (told.begun(now()).length === 0) break;
      const wait = Math.max(pause, Math.min(performance.now() - began, 2 * LONGEST_PAUSE_MS));
      await sleep(wait, deadline).catch(() => undefined);
      if (deadline.aborted) throw this.#notSeen(told.left.size, sent);
      pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS);
      if (!carbon.isOpen(via)) via = await this.#send(told, deadline);
    }
    this.#inVain = 0;
  }

  async #send({ left }: Told, deadline: AbortSignal): Promise<Via> {
    const { carbon, newest } = this.#options;
    // Remembered first: what may have arrived must never be followed by less.
    for (const { key, total } of left.values()) newest.set(key, total);
    return carbon.send(
      [...left.values()].map(({ metric, at, total }) => ({ metric, at, value: total })),
      deadline,
    );
  }

  #notSeen(left: number, sent: number): OutsideError {
    this.#inVain = left === sent ? this.#inVain + 1 : 0;
    if (this.#inVain >= MOST_IN_VAIN) {
      this.#options.carbon.drop();
      this.#inVain = 0;
    }
    return new OutsideError(
      'SERVER',
      `Graphite did not show ${left} of ${sent} totals in time`,
      'See MAX_CREATES_PER_MINUTE and MAX_UPDATES_PER_SECOND in carbon.conf (`mts graphite schemas` checks them), and that graphite-web reads what this carbon writes.',
    );
  }
}

const AHEAD = 'Graphite shows no hour before it has begun';

/** What became of the totals of one call. */
class Told {
  /** Those that were not seen. */
  readonly left: Map<string, Wanted>;
  /** Those that it is no use to wait for: what keeps them does not keep hours. */
  readonly #stuck: Wanted[] = [];
  /** What is wrong with the first of these. */
  odd: string | undefined;

  constructor(wanted: readonly Wanted[]) {
    this.left = new Map(wanted.map((one) => [one.key, one]));
  }

  failed(): Wanted[] {
    return [...this.#stuck, ...this.left.values()];
  }

  /** Those left whose hour has begun at `now` (milliseconds since 1970): no other can be seen. */
  begun(now: number): Wanted[] {
    return [...this.left.values()].filter(({ at }) => at * 1000 <= now);
  }

  note(places: readonly Wanted[], { values, oddSteps }: Seen): void {
    for (const one of places) {
      const [value, step] = [values.get(placeKey(one)), oddSteps.get(one.metric)];
      if (step !== undefined) {
        this.#stuck.push(one);
        this.odd ??= oddStep(one.metric, step);
      }
      if (step !== undefined || (value !== undefined && value >= one.total)) this.left.delete(one.key);
    }
  }
}

function oddStep(metric: string, step: number): string {
  return `Graphite keeps ${metric} in steps of ${step} s instead of an hour. See \`mts graphite schemas\`; carbon applies it to new metrics, so delete the .wsp files that it made before.`;
}
