/**
 * Which queued values may go because a later one of the same board, path and boot tells as much.
 *
 *   values   7 ── 8 ── 9 ──── 9 + 2^14 ── ...    65,530 ── 3      may go: 7 and 8
 *                      └ stays: a receiver takes a step    └ stays: before its first value of a boot, a receiver
 *                        of 2^15 or more for a step back     cannot know that the counter went past its end
 *
 * It holds one entry a subject (ep, path, boot) and one number a value that may go; it neither deletes nor counts.
 */
import { COUNTER_MODULUS } from '../../protocol/paths.ts';

/** Half of what a receiver can tell from a step back, so that two such steps in a row are told as well. */
const LONGEST_STEP = COUNTER_MODULUS / 4;
/** More than it needs, before it looks for what has left the queue. */
const SPARE = 1_024;

interface Newest {
  readonly sequence: number;
  readonly value: number | undefined;
  /** The value that comes before this one if all that may go has gone; undefined: nothing between them may. */
  readonly base: number | undefined;
}

export class Superseded {
  readonly #newest = new Map<string, Newest>();
  #sequences: number[] = [];
  #taken = 0;

  /** Entries it holds, in numbers of about the same size. */
  get size(): number {
    return this.#newest.size + this.#sequences.length;
  }

  /**
   * A value that joined the queue, in the order of the sequences. `base` is what this function returned for it when it
   * joined, if it joined before this object was made. Returns the base, to be kept with the value.
   */
  note(subject: string, sequence: number, value: number | undefined, base?: number): number | undefined {
    const before = this.#newest.get(subject);
    const from = before?.base ?? before?.value;
    let made = base;
    if (before !== undefined && isShort(from, value)) {
      this.#sequences.push(before.sequence);
      made ??= from;
    }
    this.#newest.set(subject, { sequence, value, base: made });
    return made;
  }

  /** The oldest one that may go and is later than `after`, once; undefined: there is none. It may have left the queue. */
  take(after: number): number | undefined {
    while (this.#taken < this.#sequences.length) {
      const sequence = this.#sequences[this.#taken++]!;
      if (sequence > after) return sequence;
    }
    return undefined;
  }

  /** Forgets what is before `first`, if it has grown beyond what a queue of `count` needs. */
  tidy(count: number, first: () => number): void {
    if (this.size <= 2 * count + SPARE) return;
    const oldest = first();
    for (const [subject, { sequence }] of this.#newest) if (sequence < oldest) this.#newest.delete(subject);
    this.#sequences = this.#sequences.slice(this.#taken).filter((sequence) => sequence >= oldest);
    this.#taken = 0;
  }
}

function isShort(from: number | undefined, to: number | undefined): boolean {
  if (from === undefined || to === undefined) return true;
  return to >= from && to - from < LONGEST_STEP;
}
