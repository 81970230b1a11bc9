/**
 * Questions whether all that was written so far is done, and what answers them: every shard that may be read was looked at
 * after the question was put, had nothing more, and all that it had is done.
 */

interface Question {
  readonly number: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Looks in a row that must find nothing: one alone may be a gap. */
const EMPTY_LOOKS = 2;

export class Questions {
  readonly #waiting = new Set<Question>();
  /** By shard: the latest question that looks at it have answered, and how many did. */
  readonly #answers = new Map<string, { readonly number: number; readonly looks: number }>();
  #latest = 0;

  /** Number of the latest one: a look that begins now answers it. */
  get latest(): number {
    return this.#latest;
  }

  /** Whether somebody waits. */
  get open(): boolean {
    return this.#waiting.size > 0;
  }

  ask(): Promise<void> {
    this.#latest += 1;
    const number = this.#latest;
    return new Promise((resolve, reject) => this.#waiting.add({ number, resolve, reject }));
  }

  /** A look that began after `number` was put found nothing; says whether that may settle something. */
  answer(shardId: string, number: number): boolean {
    const known = this.#answers.get(shardId);
    const looks = known?.number === number ? known.looks + 1 : 1;
    this.#answers.set(shardId, { number, looks });
    return this.open && looks >= EMPTY_LOOKS;
  }

  forget(shardId: string): void {
    this.#answers.delete(shardId);
  }

  /** These are the shards that may be read, as listed after the question `listedAt` was put. */
  settle(shardIds: readonly string[], listedAt: number): void {
    for (const question of this.#waiting) {
      if (question.number > listedAt || !shardIds.every((id) => this.#isAnswered(id, question.number))) continue;
      this.#waiting.delete(question);
      question.resolve();
    }
  }

  refuse(error: Error): void {
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting.clear();
  }

  #isAnswered(shardId: string, number: number): boolean {
    const answer = this.#answers.get(shardId);
    return answer !== undefined && answer.number >= number && answer.looks >= EMPTY_LOOKS;
  }
}
