/**
 * Whatever the network, boards and the connector's own ends do, each press that could be told is counted once.
 *
 *   PressedBoard ─► Network ─► BoardService ─► event queue ─► advance: the counting rules of cloud/ingest
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BoardService } from '../../../../cloud/connector/boards/service.ts';
import { openEvents } from '../../../../cloud/connector/events/open.ts';
import { advance } from '../../../../cloud/ingest/advance.ts';
import type { CounterEvent } from '../../../../cloud/ingest/events.ts';
import { type EndpointState, newState } from '../../../../cloud/ingest/state.ts';
import { COUNTER_PATH } from '../../../../cloud/protocol/paths.ts';
import { VirtualClock } from '../../../virtual-clock.ts';
import { Network, PressedBoard } from './network.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A rule for every board, which knows a board once it was told of it in this process. */
function newInterests() {
  const known = new Set<string>();
  return {
    pathsOf: (endpoint: string) => new Set(known.has(endpoint) ? [COUNTER_PATH] : []),
    keysFor: (endpoint: string) => (known.has(endpoint) ? ['k'] : []),
    channelKeys: () => ['k'],
    registered: ({ endpoint }: { endpoint: string }) => known.add(endpoint),
  };
}

class Connector {
  readonly #path: string;
  readonly #world: VirtualClock;
  #events;
  service: BoardService;
  readonly states = new Map<string, EndpointState>();
  readonly counted = new Map<string, number>();
  problems: readonly unknown[] = [];
  lastTimestamp = 0;

  constructor(world: VirtualClock) {
    const folder = mkdtempSync(join(tmpdir(), 'mts-boards-'));
    folders.push(folder);
    this.#path = join(folder, 'connector.db');
    this.#world = world;
    this.#events = this.#openEvents();
    this.service = this.#open();
  }

  /** As `kill -9`: what is not on disk is forgotten. */
  restart(): void {
    this.#events.close();
    this.#events = this.#openEvents();
    this.service = this.#open();
  }

  close(): void {
    this.service.close();
    this.#events.close();
  }

  /** Counts what is queued. */
  async receive(): Promise<void> {
    const want = { mostItems: 10_000, mostBytes: 4e6 };
    while ((this.#events.queue.numbers('k')?.events ?? 0) > 0) {
      const batch = await this.#events.queue.next('k', want, new AbortController().signal);
      if (batch === undefined) return;
      for (const { kind, data } of batch.events) {
        if (kind === 'async-response') continue;
        const { ep, boot, uid = '', timestamp = 0 } = data;
        expect(timestamp).toBeGreaterThanOrEqual(this.lastTimestamp);
        this.lastTimestamp = timestamp;
        const stamp = { uid, timestamp, ...(boot === undefined ? {} : { boot }) };
        if (kind === 'registration') this.#count(ep, { kind: 'registration', ...stamp });
        if (kind !== 'notification') continue;
        const value = Number(Buffer.from(data.payload ?? '', 'base64').toString());
        this.#count(ep, { kind: 'value', value, ...stamp });
      }
      await this.#events.queue.acknowledge('k', batch);
    }
  }

  #count(ep: string, event: CounterEvent): void {
    const [state, presses] = advance(this.states.get(ep) ?? newState(ep), event);
    this.states.set(ep, state);
    this.counted.set(ep, (this.counted.get(ep) ?? 0) + presses);
  }

  #openEvents() {
    return openEvents({ path: this.#path, world: this.#world });
  }

  #open(): BoardService {
    // One that was killed goes on here, and has nothing to write on.
    const problems: unknown[] = [];
    this.problems = problems;
    return new BoardService({
      world: this.#world,
      events: this.#events,
      interests: newInterests(),
      onTrouble: () => {},
      onRefused: () => {},
      onProblem: (problem) => problems.push(problem),
    });
  }
}

interface Step {
  readonly kind: 'press' | 'reboot' | 'cut' | 'unplug' | 'restart' | 'pass';
  readonly board: number;
  readonly ms: number;
}

const steps = fc.array(
  fc.record({
    kind: fc.oneof(
      { weight: 12, arbitrary: fc.constant('press' as const) },
      { weight: 2, arbitrary: fc.constant('reboot' as const) },
      { weight: 2, arbitrary: fc.constant('cut' as const) },
      { weight: 1, arbitrary: fc.constant('unplug' as const) },
      { weight: 1, arbitrary: fc.constant('restart' as const) },
      { weight: 3, arbitrary: fc.constant('pass' as const) },
    ),
    board: fc.nat(2),
    ms: fc.oneof(fc.nat(200), fc.nat(30_000)),
  }),
  { maxLength: 60 },
);

async function live(transport: 'udp' | 'tls', faults: object, history: readonly Step[], seed: number): Promise<void> {
  const world = new VirtualClock(seed);
  const connector = new Connector(world);
  const network = new Network(world, connector.service, transport, faults);
  const boards = [0, 1, 2].map((index) => new PressedBoard(`board-${index}`, network).powerUp());
  await world.pass(5_000);
  for (const { kind, board, ms } of history) {
    const one = boards[board]!;
    if (kind === 'press') one.press();
    else if (kind === 'reboot') one.reboot();
    else if (kind === 'cut') one.cut();
    else if (kind === 'unplug') one.unplug();
    else if (kind === 'restart') {
      connector.restart();
      network.restart(connector.service);
    }
    await world.pass(ms);
  }
  Object.assign(network.faults, { loss: 0, duplicate: 0, jitterMs: 0 });
  await world.pass(600_000);
  await connector.receive();
  for (const { endpoint, pressed } of boards) {
    const counted = connector.counted.get(endpoint) ?? 0;
    expect({ endpoint, counted, ok: counted >= pressed.least && counted <= pressed.most }).toEqual({
      endpoint,
      counted,
      ok: true,
    });
  }
  expect(connector.problems).toEqual([]);
  connector.close();
}

describe('a connector, whatever happens', () => {
  it('counts every press over a bad network once', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), async (history, seed) => {
        await live('udp', { loss: 0.1, duplicate: 0.1, jitterMs: 400 }, history, seed);
      }),
      { numRuns: 60 },
    );
  });

  it('counts every press over TLS once', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), async (history, seed) => {
        await live('tls', {}, history, seed);
      }),
      { numRuns: 60 },
    );
  });
});
