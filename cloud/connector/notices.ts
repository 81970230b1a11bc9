/**
 * Log lines that strangers can cause, as many as they like: the first of a kind at once, then one in a while that says how
 * many there were. A few peers at a time have lines of their own; more share one, as there may be no end of them.
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
/** Peers of one kind. */
const MOST_APART = 8;

export class Notices {
  readonly #log: Log;
  readonly #world: Pick<World, 'after'>;
  /** Kinds that were told a while ago, and what came of them since. */
  readonly #held = new Map<string, Held>();
  readonly #timers = new Set<Timer>();
  /** By kind: peers that have a line of their own. */
  readonly #apart = new Map<string, number>();
  #isClosed = false;

  constructor(log: Log, world: Pick<World, 'after'>) {
    [this.#log, this.#world] = [log, world];
  }

  /** `kind` is one of few: whoever sends must not be able to make up more. `peer` may be anything. */
  warn(kind: string, fields: object, text: string, peer?: string): void {
    const ofPeer = peer === undefined ? undefined : `${kind} ${peer}`;
    const hasOwn = ofPeer !== undefined && (this.#held.has(ofPeer) || (this.#apart.get(kind) ?? 0) < MOST_APART);
    const key = hasOwn ? ofPeer : kind;
    const held = this.#held.get(key);
    const tell = (count: number): void => this.#log.warn(count > 1 ? { ...fields, times: count } : fields, text);
    if (this.#isClosed) tell(1);
    else if (held !== undefined) {
      held.count += 1;
      held.tell = tell;
    } else {
      tell(1);
      this.#quiet(key, hasOwn ? kind : undefined);
    }
  }

  /** Tells what was held back. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) timer.cancel();
    for (const { count, tell } of this.#held.values()) if (count > 0) tell(count);
    this.#held.clear();
  }

  #quiet(key: string, kindOfPeer: string | undefined): void {
    const held: Held = { count: 0, tell: () => undefined };
    this.#held.set(key, held);
    this.#count(kindOfPeer, 1);
    const timer = this.#world.after(QUIET_MS, () => {
      this.#timers.delete(timer);
      this.#held.delete(key);
      this.#count(kindOfPeer, -1);
      if (held.count === 0) return;
      held.tell(held.count);
      this.#quiet(key, kindOfPeer);
    });
    this.#timers.add(timer);
  }

  #count(kind: string | undefined, more: number): void {
    if (kind !== undefined) this.#apart.set(kind, (this.#apart.get(kind) ?? 0) + more);
  }
}
