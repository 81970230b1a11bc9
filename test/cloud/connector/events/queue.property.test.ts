/** The queue against the plainest one there is: an array. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openEvents } from '../../../../cloud/connector/events/open.ts';
import type { Batch } from '../../../../cloud/connector/events/queue.ts';
import { press, queueFile, registration, said } from './queue-files.ts';

const LIMITS = { mostBytes: 3_000, lifetimeMs: 10_000 };

interface Item {
  readonly said: string;
  readonly bytes: number;
  readonly bornMs: number;
  readonly subject: string | undefined;
}

/** Oldest first; each with when it was told apart: an index in all that ever came. */
class PlainQueue {
  readonly came: Item[] = [];
  waiting: number[] = [];
  held: number[] = [];
  readonly gone = { delivered: 0, superseded: 0, dropped: 0, expired: 0 };

  append(items: readonly Item[], nowMs: number): void {
    for (const item of items) this.waiting.push(this.came.push(item) - 1);
    this.#expire(nowMs);
    while (this.bytes > LIMITS.mostBytes) {
      const free = this.waiting.filter((index) => !this.held.includes(index));
      if (free.length === 0) return;
      // Of those with a later one: the one whose later one came first.
      const [replaced] = free
        .map((index) => ({ index, by: this.came.findIndex((item, at) => at > index && this.#replaces(item, index)) }))
        .filter(({ by }) => by >= 0)
        .toSorted((a, b) => a.by - b.by);
      this.#remove([replaced?.index ?? free[0]!], replaced === undefined ? 'dropped' : 'superseded');
    }
  }

  next(most: number, mostBytes: number, nowMs: number): number[] {
    if (this.held.length > 0 && nowMs - this.came[this.held.at(-1)!]!.bornMs >= LIMITS.lifetimeMs) {
      this.#remove(this.held, 'expired');
    }
    this.#expire(nowMs);
    if (this.held.length > 0) return this.held;
    let bytes = 0;
    this.held = this.waiting.slice(0, most).filter((index, at) => {
      bytes += this.came[index]!.bytes;
      return at === 0 || bytes <= Math.min(mostBytes, LIMITS.mostBytes / 2);
    });
    return this.held;
  }

  acknowledge(): void {
    this.#remove(this.held, 'delivered');
  }

  get bytes(): number {
    return this.waiting.reduce((sum, index) => sum + this.came[index]!.bytes, 0);
  }

  #replaces(item: Item, index: number): boolean {
    const { subject } = this.came[index]!;
    return subject !== undefined && item.subject === subject;
  }

  #expire(nowMs: number): void {
    const old = this.waiting.filter((index) => nowMs - this.came[index]!.bornMs >= LIMITS.lifetimeMs);
    this.#remove(
      old.filter((index) => !this.held.includes(index)),
      'expired',
    );
  }

  #remove(indices: readonly number[], how: keyof PlainQueue['gone']): void {
    this.gone[how] += indices.length;
    this.waiting = this.waiting.filter((index) => !indices.includes(index));
    this.held = this.held.filter((index) => !indices.includes(index));
  }
}

const boards = fc.constantFrom('a', 'b', 'c');
const event = fc.oneof(
  { weight: 5, arbitrary: fc.record({ ep: boards, boot: fc.constantFrom(undefined, 1, 2) }) },
  { weight: 1, arbitrary: fc.record({ register: boards }) },
);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ append: fc.array(event, { minLength: 1, maxLength: 8 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ next: fc.integer({ min: 1, max: 12 }), mostBytes: fc.integer({ min: 1, max: 2_000 }) }),
  },
  { weight: 2, arbitrary: fc.constant('acknowledge' as const) },
  { weight: 2, arbitrary: fc.record({ passMs: fc.integer({ min: 1, max: 6_000 }) }) },
  { weight: 1, arbitrary: fc.constant('restart' as const) },
);

test('whatever comes, goes, grows old and is restarted, it holds what an array would', async () => {
  await using file = await queueFile();
  file.events.close();
  const world = file.world;
  let run = 0;
  const seen = { delivered: 0, superseded: 0, dropped: 0, expired: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const key = `k${run++}`;
      const open = () => openEvents({ path: file.path, world, limitsOf: () => LIMITS });
      let events = open();
      const plain = new PlainQueue();
      let batch: Batch | undefined;
      let value = 0;
      try {
        for (const one of steps) {
          if (one === 'restart') {
            events.close();
            events = open();
          } else if (one === 'acknowledge') {
            if (batch === undefined) continue;
            await events.queue.acknowledge(key, batch);
            plain.acknowledge();
            batch = undefined;
          } else if ('passMs' in one) await world.pass(one.passMs);
          else if ('append' in one) {
            const made = one.append.map((what) => {
              if ('register' in what) return registration(what.register);
              return press(what.ep, value++, what.boot);
            });
            const before = events.queue.numbers(key);
            await events.queue.append(key, made);
            const after = events.queue.numbers(key)!;
            expect(after.last - (before?.last ?? 0)).toBe(made.length);
            plain.append(itemsOf(made, world.now()), world.now());
          } else {
            const stop = new AbortController();
            const asked = events.queue.next(key, { mostItems: one.next, mostBytes: one.mostBytes }, stop.signal);
            const expected = plain.next(one.next, one.mostBytes, world.now());
            // By then it has looked, and waits.
            if (expected.length === 0) void events.queue.touch(key).then(() => stop.abort());
            batch = await asked;
            expect(said(batch?.events)).toEqual(expected.map((index) => plain.came[index]!.said));
          }
          const queued = events.queue.peek(key, { mostItems: 1_000, mostBytes: 1e6 });
          expect(said(queued)).toEqual(plain.waiting.map((index) => plain.came[index]!.said));
          const { gone, bytes } = plain;
          if (plain.came.length > 0)
            expect(events.queue.numbers(key)).toMatchObject({ ...gone, bytes, events: queued.length });
        }
      } finally {
        for (const how of ['delivered', 'superseded', 'dropped', 'expired'] as const) seen[how] += plain.gone[how];
        events.close();
      }
    }),
    { numRuns: 60 },
  );
  file.events = openEvents(file);
  // All of it was tried.
  for (const many of Object.values(seen)) expect(many).toBeGreaterThan(10);
});

/** Their stamps have the same length whatever the time. */
const STAMP = ',"uid":"","timestamp":'.length + 36 + 13;

function itemsOf(made: readonly ReturnType<typeof press>[], bornMs: number): Item[] {
  return made.map((event) => {
    const boot = 'boot' in event.data ? event.data.boot : undefined;
    const isValue = event.kind === 'notification';
    return {
      said: said([event as Parameters<typeof said>[0] extends readonly (infer E)[] | undefined ? E : never])[0]!,
      bytes: JSON.stringify(event.data).length + STAMP + 16,
      bornMs,
      subject: isValue && boot !== undefined ? `${(event.data as { ep: string }).ep}/${boot}` : undefined,
    };
  });
}
