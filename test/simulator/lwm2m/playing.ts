/** A fleet's run before a real BoardService in virtual time, and its books beside what was counted. */
import { expect } from '@jest/globals';
import type { BoardSettings } from '../../../cloud/connector/boards/settings.ts';
import type { TransportName } from '../../../cloud/connector/transports/connection.ts';
import type { World } from '../../../cloud/protocol/coap/world.ts';
import type { CarriedLine, DiedLine } from '../../../simulator/ledger/lines.ts';
import { createTally, type LedgerWriter } from '../../../simulator/ledger/writer.ts';
import type { Lwm2mSummary } from '../../../simulator/lwm2m/options.ts';
import type { FleetDeps, FleetOptions, FleetProgress, FleetSummary } from '../../../simulator/options.ts';
import { runFleet } from '../../../simulator/run.ts';
import { VirtualClock } from '../../virtual-clock.ts';
import { CountedService } from './counted.ts';
import { ServiceWire } from './service-wire.ts';

export const URLS = { udp: 'coap://127.0.0.1', tls: 'coaps://127.0.0.1', tcp: 'coap+tcp://127.0.0.1' } as const;

export interface Play {
  readonly transport?: TransportName;
  readonly options?: Partial<FleetOptions>;
  readonly deps?: Partial<FleetDeps>;
  readonly settings?: Partial<BoardSettings>;
  readonly wanted?: readonly string[];
  /** The machine is so busy that its timers come in time for no more than each of so many milliseconds. */
  readonly lateMs?: number;
  /** Before it begins: what happens when. */
  readonly plot?: (world: VirtualClock, wire: ServiceWire, counted: CountedService) => void;
}

export interface Played {
  readonly summary: FleetSummary & { readonly lwm2m: Lwm2mSummary };
  readonly carried: readonly CarriedLine[];
  readonly died: readonly DiedLine[];
  readonly ledger: LedgerWriter;
  readonly counted: ReadonlyMap<string, number>;
  readonly progress: readonly FleetProgress[];
  readonly wire: ServiceWire;
  readonly world: VirtualClock;
}

/** Runs it to its end. By default ten boards over UDP, two presses a second each, for twenty seconds. */
export async function play(how: Play = {}): Promise<Played> {
  const { transport = 'udp', options = {}, deps = {}, settings = {}, wanted, lateMs = 0, plot } = how;
  const world = new VirtualClock(5);
  using counted = new CountedService(world, settings, wanted);
  const wire = new ServiceWire(world, counted.service, transport);
  plot?.(world, wire, counted);
  const progress: FleetProgress[] = [];
  const { ledger, carried, died } = recording();
  const running = runFleet(
    {
      ...{ boards: 10, schedule: { kind: 'poisson', rate: 20 }, durationMs: 20_000, seed: 7, dialect: 'connector' },
      ...{ faults: {}, via: `lwm2m+${transport}`, url: URLS[transport], ledger, ...options },
      lwm2m: { world: lateMs === 0 ? world : busy(world, lateMs), wire, ...options.lwm2m },
    },
    {
      now: () => world.wall(),
      sleep: async () => undefined,
      onProgress: (one) => progress.push(one),
      ...deps,
    },
  );
  const summary = await through(world, running);
  if (summary.lwm2m === undefined) throw new Error('a run without boards that speak LwM2M');
  // What the service still has to read.
  await world.pass(1_000);
  return {
    summary: { ...summary, lwm2m: summary.lwm2m },
    ...{ carried, died, ledger, progress, wire, world, counted: await counted.counted() },
  };
}

function busy(world: VirtualClock, lateMs: number): World {
  return {
    now: () => world.now(),
    random: () => world.random(),
    after(ms, what) {
      const at = Math.ceil((world.now() + ms) / lateMs) * lateMs;
      return world.after(at - world.now(), what);
    },
  };
}

/** Passes time until it is settled. */
export async function through<T>(world: VirtualClock, running: Promise<T>): Promise<T> {
  let isDone = false;
  const done = (): void => {
    isDone = true;
  };
  running.then(done, done);
  while (!isDone) await world.pass(100);
  return await running;
}

/** Whether each board's presses were counted: what was carried, and beyond it no more than may be. */
export function expectExact({ ledger, counted }: Pick<Played, 'ledger' | 'counted'>): void {
  const carried = byEndpoint(ledger.counts());
  const wrong = [...new Set([...carried.keys(), ...counted.keys()])].flatMap((ep) => {
    const [least, have] = [carried.get(ep) ?? 0, counted.get(ep) ?? 0];
    const most = least + (ledger.maybe().get(ep) ?? 0);
    return have >= least && have <= most ? [] : [{ ep, least, have, most }];
  });
  expect(wrong).toEqual([]);
}

export function byEndpoint(counts: readonly { readonly endpoint: string; readonly count: number }[]) {
  const sums = new Map<string, number>();
  for (const { endpoint, count } of counts) sums.set(endpoint, (sums.get(endpoint) ?? 0) + count);
  return sums;
}

export function sumOfLines(lines: readonly { readonly n?: number }[]): number {
  return lines.reduce((sum, { n = 1 }) => sum + n, 0);
}

/** A ledger that keeps its lines as well. */
export function recording(): {
  readonly ledger: LedgerWriter;
  readonly carried: CarriedLine[];
  readonly died: DiedLine[];
} {
  const tally = createTally();
  const [carried, died]: [CarriedLine[], DiedLine[]] = [[], []];
  const ledger: LedgerWriter = {
    ...tally,
    carried(line) {
      carried.push(line);
      tally.carried(line);
    },
    died(line) {
      died.push(line);
      tally.died(line);
    },
    get pressed() {
      return tally.pressed;
    },
    get diedPresses() {
      return tally.diedPresses;
    },
  };
  return { ledger, carried, died };
}
