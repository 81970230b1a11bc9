/**
 * Log lines that strangers can cause, as many as they like: the first of a kind at once, then one in a while that says how
 * many there were.
 */
import type { Timer, World } from '../protocol/coap/world.ts';

/** What the connector needs of a log; pino's fits. */
export interface Log {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

interface Held {
  count: number;
  tell: (count: number) => void;
}

const QUIET_MS = 10_000;

export class Notices {
  readonly #log: Log;
  readonly #world: Pick<World, 'after'>;
  /** Kinds that were told a while ago, and what came of them since. */
  readonly #held = new Map<string, Held>();
  readonly #timers = new Set<Timer>();
  #isClosed = false;

  constructor(log: Log, world: Pick<World, 'after'>) {
    [this.#log, this.#world] = [log, world];
  }

  /** `kind` is one of few: whoever sends must not be able to make up more. */
  warn(kind: string, fields: object, text: string): void {
    const held = this.#held.get(kind);
    const tell = (count: number): void => this.#log.warn(count > 1 ? { ...fields, times: count } : fields, text);
    if (this.#isClosed) tell(1);
    else if (held !== undefined) {
      held.count += 1;
      held.tell = tell;
    } else {
      tell(1);
      this.#quiet(kind);
    }
  }

  /** Tells what was held back. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) timer.cancel();
    for (const { count, tell } of this.#held.values()) if (count > 0) tell(count);
    this.#held.clear();
  }

  #quiet(kind: string): void {
    const held: Held = { count: 0, tell: () => undefined };
    this.#held.set(kind, held);
    const timer = this.#world.after(QUIET_MS, () => {
      this.#timers.delete(timer);
      this.#held.delete(kind);
      if (held.count === 0) return;
      held.tell(held.count);
      this.#quiet(kind);
    });
    this.#timers.add(timer);
  }
}
