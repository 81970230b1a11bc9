/**
 * Lambda's asynchronous invocation: whoever invokes does not wait, events run side by side and in no order, one that fails
 * is tried again twice, and then told to the failure destination.
 *
 *   offer ──► room for it? ──► ready ──► function ──► done
 *                                ▲           │ failed
 *                                └── delay ──┴─► after the last try: the failure queue
 *
 * Unlike Lambda it is bounded, and in memory: who offers waits for room, and what is in it goes with the process.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
import type { LocalFunction } from './function.ts';
import type { Invoked } from './invocation.ts';

export interface AsyncQueueOptions {
  readonly target: Pick<LocalFunction, 'arn' | 'invoke'>;
  /** Events with the function at once. */
  readonly concurrency: number;
  /** Events that may be here at once. */
  readonly room: number;
  /** Milliseconds before each further try: Lambda waits a minute, then two. */
  readonly retryDelaysMs: readonly number[];
  /** Milliseconds after which an event is not tried again. */
  readonly maxAgeMs: number;
  /** Tells the failure queue; may reject, and is then asked again. */
  readonly onFailure: (message: string) => Promise<void>;
  /** From 0 to below 1: events overtake each other. */
  readonly random: () => number;
  readonly log: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

interface Event {
  readonly payload: object;
  readonly since: number;
  tries: number;
}

/** Events among which the next one is drawn. */
const SHUFFLED = 16;
const DESTINATION_PAUSE_MS = 1_000;

export class AsyncQueue {
  readonly #options: AsyncQueueOptions;
  readonly #closing = new AbortController();
  readonly #ready: Event[] = [];
  readonly #held = new Set<Event>();
  readonly #offers: Array<{ readonly admit: () => void; readonly refuse: (error: Error) => void }> = [];
  readonly #drained = new Set<() => void>();
  #running = 0;

  constructor(options: AsyncQueueOptions) {
    this.#options = options;
  }

  /** Events that are not done. */
  get held(): number {
    return this.#held.size;
  }

  /** Resolves when the event is held; until then it is not, and nobody may be told that it is. Rejects when closed. */
  async offer(payload: object): Promise<void> {
    while (!this.#closing.signal.aborted && this.#held.size >= this.#options.room) {
      await new Promise<void>((admit, refuse) => this.#offers.push({ admit, refuse }));
    }
    if (this.#closing.signal.aborted) throw closed();
    const event = { payload, since: this.#options.now(), tries: 0 };
    this.#held.add(event);
    this.#ready.push(event);
    this.#pump();
  }

  /** Resolves when nothing is held. */
  async drained(): Promise<void> {
    if (this.#held.size > 0) await new Promise<void>((resolve) => this.#drained.add(resolve));
  }

  /** Refuses what is offered, and gives up what is held: wait for `drained` before, as long as makes sense. */
  close(): void {
    this.#closing.abort();
    for (const { refuse } of this.#offers.splice(0)) refuse(closed());
    if (this.#held.size > 0)
      this.#options.log(`${this.#held.size} events that were taken are lost: they were not worked off`);
    this.#ready.length = 0;
  }

  #pump(): void {
    while (this.#running < this.#options.concurrency && this.#ready.length > 0) {
      const drawn = Math.floor(this.#options.random() * Math.min(this.#ready.length, SHUFFLED));
      const [event] = this.#ready.splice(drawn, 1);
      this.#running += 1;
      void this.#try(event!).finally(() => {
        this.#running -= 1;
        this.#pump();
      });
    }
  }

  async #try(event: Event): Promise<void> {
    event.tries += 1;
    const answer = await this.#options.target.invoke(event.payload, 'async').catch(refusedPayload);
    if (this.#closing.signal.aborted) return;
    if (!answer.failed) return this.#done(event);
    this.#options.log(`the function failed, try ${event.tries}: ${answer.payload.slice(0, 500)}`);
    // Nobody else's turn waits for this one's delay.
    void this.#later(event, answer).catch((error: unknown) => {
      if (!this.#closing.signal.aborted) throw error;
    });
  }

  async #later(event: Event, answer: Invoked): Promise<void> {
    const { retryDelaysMs, maxAgeMs, now, sleep } = this.#options;
    const delay = retryDelaysMs[event.tries - 1];
    const isOld = now() - event.since + (delay ?? 0) > maxAgeMs;
    if (delay !== undefined && !isOld) {
      await sleep(delay, this.#closing.signal);
      this.#ready.push(event);
      return this.#pump();
    }
    await this.#tell(
      asyncFailureMessage(event, answer, isOld ? 'EventAgeExceeded' : 'RetriesExhausted', this.#options),
    );
    this.#done(event);
  }

  async #tell(message: string): Promise<void> {
    for (;;) {
      try {
        return await this.#options.onFailure(message);
      } catch (error) {
        this.#options.log(`the failure queue cannot be told: ${error instanceof Error ? error.message : error}`);
        await this.#options.sleep(DESTINATION_PAUSE_MS, this.#closing.signal);
      }
    }
  }

  #done(event: Event): void {
    this.#held.delete(event);
    this.#offers.shift()?.admit();
    if (this.#held.size > 0) return;
    for (const resolve of this.#drained) resolve();
    this.#drained.clear();
  }
}

/** Lambda's message to a failure destination, with the event itself. */
function asyncFailureMessage(
  { payload, tries }: Event,
  answer: Invoked,
  condition: string,
  { target, now }: AsyncQueueOptions,
): string {
  return JSON.stringify({
    version: '1.0',
    timestamp: new Date(now()).toISOString(),
    requestContext: {
      requestId: answer.requestId,
      functionArn: `${target.arn}:$LATEST`,
      condition,
      approximateInvokeCount: tries,
    },
    requestPayload: payload,
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: JSON.parse(answer.payload),
  });
}

function refusedPayload(error: unknown): Invoked {
  const [errorType, errorMessage] = error instanceof Error ? [error.name, error.message] : ['Error', String(error)];
  return { requestId: '', failed: true, payload: JSON.stringify({ errorType, errorMessage }) };
}

function closed(): Error {
  return new Error('the queue is closed');
}
