/** A real BoardService with a store of its own, and what its events make the presses of each board: by the rules of the receiver. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { BoardService } from '../../../cloud/connector/boards/service.ts';
import type { BoardSettings } from '../../../cloud/connector/boards/settings.ts';
import { openEvents } from '../../../cloud/connector/events/open.ts';
import type { EventWorld } from '../../../cloud/connector/events/world.ts';
import { advance } from '../../../cloud/ingest/advance.ts';
import type { CounterEvent } from '../../../cloud/ingest/events.ts';
import { type EndpointState, newState } from '../../../cloud/ingest/state.ts';
import { COUNTER_PATH } from '../../../cloud/protocol/paths.ts';

export class CountedService implements Disposable {
  readonly service: BoardService;
  readonly problems: unknown[] = [];
  /** What is observed of each board. */
  readonly wanted: Set<string>;
  readonly #folder = mkdtempSync(join(tmpdir(), 'mts-fleet-'));
  readonly #events;
  readonly #states = new Map<string, EndpointState>();
  readonly #counted = new Map<string, number>();

  constructor(world: EventWorld, settings: Partial<BoardSettings> = {}, wanted: readonly string[] = [COUNTER_PATH]) {
    this.wanted = new Set(wanted);
    this.#events = openEvents({ path: join(this.#folder, 'connector.db'), world });
    this.service = new BoardService({
      ...{ world, settings, events: this.#events },
      interests: {
        pathsOf: () => this.wanted,
        keysFor: () => ['k'],
        channelKeys: () => ['k'],
        registered: () => undefined,
      },
      onTrouble: () => undefined,
      onRefused: () => undefined,
      onProblem: (problem) => this.problems.push(problem),
    });
  }

  /** Presses by endpoint, of all that it was told so far. */
  async counted(): Promise<ReadonlyMap<string, number>> {
    const { queue } = this.#events;
    while ((queue.numbers('k')?.events ?? 0) > 0) {
      const batch = (await queue.next('k', { mostItems: 10_000, mostBytes: 4e6 }, new AbortController().signal))!;
      for (const { kind, data } of batch.events) {
        if (kind === 'async-response') continue;
        const { ep, boot, uid = '', timestamp = 0 } = data;
        const stamp = { uid, timestamp, ...(boot === undefined ? {} : { boot }) };
        if (kind === 'registration') this.#count(ep, { kind: 'registration', ...stamp });
        if (kind !== 'notification') continue;
        const value = Number(Buffer.from(data.payload ?? '', 'base64').toString());
        this.#count(ep, { kind: 'value', value, ...stamp });
      }
      await queue.acknowledge('k', batch);
    }
    return this.#counted;
  }

  [Symbol.dispose](): void {
    this.service.close();
    this.#events.close();
    rmSync(this.#folder, { recursive: true });
    expect(this.problems).toEqual([]);
  }

  #count(ep: string, event: CounterEvent): void {
    const [state, presses] = advance(this.#states.get(ep) ?? newState(ep), event);
    this.#states.set(ep, state);
    this.#counted.set(ep, (this.#counted.get(ep) ?? 0) + presses);
  }
}
