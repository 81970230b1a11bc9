/**
 * Has InfluxDB take lines, batch after batch, and says of each what became of it.
 *
 *   taken            its point is there; writing it again puts the same in its place
 *   refused          it alone is refused: of a batch that is refused, halves are tried until it stands alone
 *   failed           down, busy, not allowed, or the time is up: later
 *
 * A batch that is refused may be there in part ("partial write"): writing the rest again does no harm.
 */
import type { Answer, InfluxServer } from './server.ts';

export interface Told<T> {
  readonly taken: readonly T[];
  readonly refused: readonly { readonly of: T; readonly reason: string }[];
  readonly failed: readonly T[];
  /** Why those failed. */
  readonly why: string | undefined;
}

export interface TellOptions {
  readonly server: InfluxServer;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Milliseconds that all of it may take, and that one request may. */
  readonly patienceMs: number;
  readonly requestMs: number;
}

export interface Line<T> {
  readonly of: T;
  readonly text: string;
}

/** What InfluxData recommends: https://docs.influxdata.com/influxdb/v2/write-data/best-practices/optimize-writes/ */
const LINES = 5_000;
const BYTES = 1024 ** 2;
/** Tries of one batch, and the first wait between them, doubled each time. */
const TRIES = 3;
const FIRST_WAIT_MS = 100;

export async function tell<T>(lines: readonly Line<T>[], options: TellOptions): Promise<Told<T>> {
  const run = new Telling<T>(options);
  for (const batch of batchesOf(lines)) await run.tell(batch);
  return run;
}

class Telling<T> implements Told<T> {
  readonly taken: T[] = [];
  readonly refused: { of: T; reason: string }[] = [];
  readonly failed: T[] = [];
  why: string | undefined;
  readonly #options: TellOptions;
  readonly #deadline: number;
  #mayCreate = true;

  constructor(options: TellOptions) {
    this.#options = options;
    this.#deadline = options.now() + options.patienceMs;
  }

  async tell(batch: readonly Line<T>[]): Promise<void> {
    // What failed once fails for the next batch too: it is not asked again.
    if (this.why !== undefined) return this.#fail(batch, this.why);
    const answer = await this.#try(batch);
    if (answer.kind === 'taken') this.taken.push(...batch.map(({ of }) => of));
    else if (answer.kind !== 'refused') this.#fail(batch, answer.why);
    else if (batch.length === 1) this.refused.push({ of: batch[0]!.of, reason: `InfluxDB refuses it: ${answer.why}` });
    else {
      const half = Math.ceil(batch.length / 2);
      await this.tell(batch.slice(0, half));
      await this.tell(batch.slice(half));
    }
  }

  async #try(batch: readonly Line<T>[]): Promise<Answer> {
    const { server, sleep, now } = this.#options;
    const texts = batch.map(({ text }) => text);
    let answer: Answer = { kind: 'down', why: 'the time was up', waitMs: 0 };
    for (let tried = 0; tried < TRIES && now() < this.#deadline; tried += 1) {
      answer = await server.write(texts, this.#signal());
      if (answer.kind === 'no database' && this.#mayCreate) {
        this.#mayCreate = false;
        const made = await server.create(answer, this.#signal());
        if (made.kind === 'taken') continue;
        return { kind: 'not allowed', why: `${answer.why}; it cannot be made: ${'why' in made ? made.why : ''}` };
      }
      if (answer.kind !== 'down') return answer;
      const wait = Math.max(answer.waitMs, FIRST_WAIT_MS * 2 ** tried);
      if (tried === TRIES - 1 || now() + wait >= this.#deadline) return answer;
      await sleep(wait);
    }
    return answer;
  }

  #signal(): AbortSignal {
    const { now, requestMs } = this.#options;
    return AbortSignal.timeout(Math.max(1, Math.min(requestMs, this.#deadline - now())));
  }

  #fail(batch: readonly Line<T>[], why: string): void {
    this.why = why;
    this.failed.push(...batch.map(({ of }) => of));
  }
}

function* batchesOf<T>(lines: readonly Line<T>[]): Generator<Line<T>[], void, undefined> {
  let [batch, bytes]: [Line<T>[], number] = [[], 0];
  for (const line of lines) {
    const length = line.text.length + 1;
    if (batch.length === LINES || bytes + length > BYTES) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(line);
    bytes += length;
  }
  if (batch.length > 0) yield batch;
}
