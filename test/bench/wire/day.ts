/**
 * 24 hours of 1,000 boards on a clock and a network of the bench's own, with faults: every press counted once, memory flat.
 *
 *   fleet ─► wire (loss, duplicates, reordering) ─► BoardService ─► queue on disk ─► the store that `mts ingest` has
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BoardService } from '../../../cloud/connector/boards/service.ts';
import { toMessage } from '../../../cloud/connector/events/event.ts';
import { type Events, openEvents } from '../../../cloud/connector/events/open.ts';
import type { Connection } from '../../../cloud/connector/transports/connection.ts';
import { take } from '../../../cloud/ingest/take.ts';
import { openLocalStore } from '../../../cloud/platforms/local/store.ts';
import { encodeNotification } from '../../../cloud/protocol/notification/encode.ts';
import { COUNTER_PATH } from '../../../cloud/protocol/paths.ts';
import { compareLedger } from '../../../simulator/ledger/compare.ts';
import { createTally } from '../../../simulator/ledger/writer.ts';
import type { Wire } from '../../../simulator/lwm2m/wire.ts';
import { runFleet } from '../../../simulator/run.ts';
import { VirtualClock } from '../../virtual-clock.ts';
import type { Measured } from '../measured.ts';

const [BOARDS, HOURS, PER_DAY] = [1_000, 24, 20_000];
const FAULTS = { loss: 0.01, duplicate: 0.01, reorder: 0.01, reboot: 0.005, silence: 0.001 };
const MINUTES = 15;
const STEP_MS = 60_000;
const HOUR_MS = 3_600_000;

export async function benchDay(seed: number): Promise<Measured[]> {
  // The disk's own slowness would be that of a disk that is asked 10,000 times a second, which a real day does not.
  const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'mts-bench-'));
  const world = new VirtualClock(seed, Date.UTC(2026, 0, 1));
  const events = openEvents({ path: join(folder, 'connector.db'), world });
  const store = openLocalStore({ dir: folder, create: true, maxAside: 1e6 });
  const problems: unknown[] = [];
  const service = new BoardService({
    ...{ world, events, onTrouble: () => undefined, onRefused: () => undefined },
    onProblem: (problem) => problems.push(problem),
    interests: {
      pathsOf: () => new Set([COUNTER_PATH]),
      keysFor: () => ['bench'],
      channelKeys: () => [],
      registered: () => undefined,
    },
  });
  const began = performance.now();
  const memory: number[] = [];
  const ledger = createTally();
  try {
    let isOver = false;
    const run = runFleet(
      {
        ...{
          boards: BOARDS,
          seed,
          dialect: 'connector',
          via: 'lwm2m+udp',
          url: 'coap://bench',
          faults: FAULTS,
          ledger,
        },
        ...{ schedule: { kind: 'office', perDay: PER_DAY, hour: 0 }, durationMs: HOURS * HOUR_MS },
        lwm2m: { world, wire: wireTo(service, world) },
      },
      { now: () => world.wall(), sleep: () => Promise.resolve() },
    ).finally(() => {
      isOver = true;
    });
    let hour = 0;
    while (!isOver) {
      await world.pass(STEP_MS);
      await deliver(events, async (body) => void (await take(body, world.wall(), { store })));
      if (Math.floor(world.now() / HOUR_MS) === hour) continue;
      hour += 1;
      memory.push(process.memoryUsage().rss);
    }
    const { pressed, lwm2m } = await run;
    await deliver(events, async (body) => void (await take(body, world.wall(), { store })));
    const counted = [];
    for await (const one of store.hourly({ from: new Date(0), to: new Date(Date.UTC(2030, 0)) })) counted.push(one);
    const compared = compareLedger({
      expected: ledger.counts(),
      before: [],
      counted,
      hoursKnown: false,
      maybe: ledger.maybe(),
    });
    if (problems.length > 0) throw problems[0];
    const minutes = (performance.now() - began) / 60_000;
    const [early, late] = [Math.max(...memory.slice(2, 8)), Math.max(...memory.slice(-6))];
    return [
      {
        ...{
          name: `24 hours of 1,000 boards, ${pressed} presses, ${lwm2m?.played.reboot} reboots`,
          value: minutes,
          unit: 'minutes',
        },
        ...{ target: `within ${MINUTES} minutes`, met: minutes < MINUTES },
      },
      {
        ...{ name: 'presses of them lost or doubled', value: compared.lost + compared.doubled, unit: 'presses' },
        ...{ target: 'none', met: compared.lost + compared.doubled === 0 },
      },
      {
        ...{ name: 'memory in their last hours (baseline: in the first)', value: late / 1024 ** 2, unit: 'MiB' },
        ...{
          baseline: early / 1024 ** 2,
          ratio: late / early,
          target: 'grows by less than 20 %',
          met: late / early < 1.2,
        },
      },
    ];
  } finally {
    service.close();
    events.close();
    await store.close();
    await rm(folder, { recursive: true });
  }
}

/** All that is queued, as messages to a receiver. */
async function deliver(events: Events, receive: (body: Uint8Array) => Promise<void>): Promise<void> {
  while ((events.queue.numbers('bench')?.events ?? 0) > 0) {
    const batch = await events.queue.next('bench', { mostItems: 10_000, mostBytes: 4e6 }, new AbortController().signal);
    if (batch === undefined) return;
    await receive(new TextEncoder().encode(encodeNotification(toMessage(batch.events), 'connector')));
    await events.queue.acknowledge('bench', batch);
  }
}

/** Datagrams that take a millisecond each way; every connection of a board is a new address. */
function wireTo(service: BoardService, world: VirtualClock): Wire {
  let addresses = 0;
  return {
    connect(_endpoint, events) {
      let [isOpen, isKnown] = [true, false];
      const id = `udp-${addresses++}`;
      const connection: Connection = {
        ...{ id, peer: id, transport: 'udp', mostBytes: 1_152, onMessage: () => undefined, onClose: () => undefined },
        send: (bytes) => void world.after(1, () => isOpen && events.message(bytes)),
        close: () => connection.onClose('closed'),
      };
      world.after(0, () => isOpen && events.opened());
      return {
        send: (bytes) =>
          void world.after(1, () => {
            if (!isKnown) service.accept(connection);
            isKnown = true;
            connection.onMessage(bytes);
          }),
        close() {
          if (!isOpen) return;
          isOpen = false;
          // As the transport does with an address that has fallen silent.
          world.after(300_000, () => isKnown && connection.onClose('idle'));
        },
      };
    },
    close: async () => undefined,
  };
}
