/**
 * A fleet that speaks LwM2M, from its first registration to its last press told.
 *
 *   wire (UDP, TLS, TCP, with faults) ─► boards register ─► presses ─► the rest is told ─► ledger, summary
 */

import type { World } from '../../cloud/protocol/coap/world.ts';
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';
import { type Random, seededRandom } from '../../cloud/protocol/random.ts';
import { refuseFaults } from '../faults.ts';
import { endpointName, NAME_PREFIX } from '../fleet/names.ts';
import { createTally } from '../ledger/writer.ts';
import type { FleetDeps, FleetOptions, FleetSummary } from '../options.ts';
import { presses } from '../schedule/schedule.ts';
import type { Via } from '../vias.ts';
import { Books } from './books.ts';
import { faultyWire, hasDatagramFaults, nonePlayed } from './faulty.ts';
import { Lwm2mFleet } from './fleet.ts';
import type { Lwm2mOptions, Lwm2mSummary } from './options.ts';
import { type ServerAddress, serverAddress } from './server-address.ts';
import type { Wire } from './wire.ts';

type Lwm2mVia = Extract<Via, `lwm2m+${string}`>;
type Options = FleetOptions & { readonly via: Lwm2mVia };

/** What a server that is left alone holds: half-open connections, and those of one address. */
const STARTING = 256;
const DRAIN_MS = 300_000;
const LOOK_MS = 250;
const DOMAIN = 'mts';
/** Boards try for ever; a person wants to know. */
const NOBODY_MS = 20_000;

/**
 * Runs it to its end. UsageError for options that no run could have, OutsideError SERVER if no board can register, FILE if
 * the ledger cannot be written.
 */
export async function runLwm2mFleet(options: Options, deps: FleetDeps): Promise<FleetSummary> {
  const { via, faults, lwm2m = {} } = options;
  refuseFaults(via, faults, lwm2m.playsDeliveryFaults);
  const server = serverAddress(via, options.url);
  const world = lwm2m.world ?? realWorld();
  const random = seededRandom(options.seed);
  const played = nonePlayed();
  const opened = lwm2m.wire ?? (await openWire(server, lwm2m));
  const wire = hasDatagramFaults(faults) ? faultyWire(opened, faults, random.fork('wire'), world, played) : opened;
  const run = new Run(options, deps, { world, random, server, wire });
  try {
    return await run.toEnd(played);
  } finally {
    await opened.close();
  }
}

async function openWire(server: ServerAddress, { credentialsOf }: Lwm2mOptions): Promise<Wire> {
  if (server.transport === 'udp') return (await import('./udp.ts')).udpWire(server);
  if (server.transport === 'tcp') return (await import('./tcp.ts')).tcpWire(server);
  if (credentialsOf === undefined) throw new UsageError('boards need certificates for TLS', 'Give --credentials.');
  return (await import('./tls.ts')).tlsWire({ ...server, credentialsOf });
}

function realWorld(): World {
  return {
    now: () => performance.now(),
    random: Math.random,
    after(ms, what) {
      const timer = setTimeout(what, ms);
      return { cancel: () => clearTimeout(timer) };
    },
  };
}

interface Parts {
  readonly world: World;
  readonly random: Random;
  readonly server: ServerAddress;
  readonly wire: Wire;
}

class Run {
  readonly #options: Options;
  readonly #deps: FleetDeps;
  readonly #world: World;
  readonly #random: Random;
  readonly #books: Books;
  readonly #fleet: Lwm2mFleet;
  readonly #ledger;
  readonly #zero: number;

  constructor(options: Options, deps: FleetDeps, { world, random, server, wire }: Parts) {
    const { boards, namePrefix = NAME_PREFIX, faults, lwm2m = {}, shard = { index: 0, of: 1 } } = options;
    [this.#options, this.#deps, this.#world, this.#random] = [options, deps, world, random];
    this.#ledger = options.ledger ?? createTally();
    this.#books = new Books(this.#ledger, deps.now);
    this.#zero = deps.now();
    const { speed = 1, resendQueue = 6, domain = DOMAIN, starting = STARTING, onSerial } = lwm2m;
    this.#fleet = new Lwm2mFleet({
      boards: Array.from({ length: boards }, (_, index) => index).filter((index) => index % shard.of === shard.index),
      endpointOf: (board) => endpointName(board, boards, namePrefix),
      ...{ domain, resendQueue, speed, faults, random, world, wire, starting, onSerial },
      transport: server.transport,
      wall: deps.now,
      books: this.#books,
      server: options.url,
    });
  }

  async toEnd(played: ReturnType<typeof nonePlayed>): Promise<FleetSummary> {
    const { boards, seed, dialect, via, namePrefix: prefix = NAME_PREFIX, schedule } = this.#options;
    const start = new Date(this.#zero).toISOString();
    await this.#ledger.begin({ seed: String(seed), dialect, boards, prefix, start, via });
    const before = process.memoryUsage().rss;
    const began = this.#world.now();
    const isReady = await this.#until(this.#fleet.start(), {
      patienceMs: NOBODY_MS,
      progress: () => this.#fleet.ready,
    });
    if (!isReady && this.#fleet.counts.registrations === 0 && !this.#isStopped) throw this.#nobody();
    const readyMs = Math.round(this.#world.now() - began);
    const residentBytes = Math.max(0, Math.round((process.memoryUsage().rss - before) / boards));
    if (!this.#isStopped) {
      const due = presses(schedule, { ...this.#options, random: this.#random.fork('schedule') });
      await this.#until(this.#fleet.press(due), { patienceMs: Number.POSITIVE_INFINITY, progress: () => 0 });
    }
    const { drainMs = DRAIN_MS } = this.#options;
    if (!this.#isAbandoned) {
      await this.#until(this.#fleet.still(), {
        patienceMs: drainMs,
        progress: () => -this.#fleet.untold,
        toTheEnd: true,
      });
      await this.#deps.settled?.();
    }
    return await this.#finish({ played, readyMs, residentBytes });
  }

  get #isAbandoned(): boolean {
    return this.#deps.abandon?.aborted === true;
  }

  get #isStopped(): boolean {
    return this.#isAbandoned || this.#deps.signal?.aborted === true;
  }

  /**
   * Waits, and reports how it goes; false if it was stopped, or nothing went on for so long. `toTheEnd`: only abandoned.
   */
  async #until(
    done: Promise<void>,
    { patienceMs, progress, toTheEnd = false }: { patienceMs: number; progress: () => number; toTheEnd?: boolean },
  ): Promise<boolean> {
    let isDone = false;
    const finished = done.then(() => {
      isDone = true;
    });
    let [seen, since] = [progress(), this.#world.now()];
    while (!isDone && !this.#isAbandoned && (toTheEnd || !this.#isStopped)) {
      await Promise.race([finished, this.#pause()]);
      await this.#ledger.flush();
      this.#report();
      if (progress() !== seen) [seen, since] = [progress(), this.#world.now()];
      if (this.#world.now() - since > patienceMs) return false;
    }
    return isDone;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#world.after(LOOK_MS, resolve);
    });
  }

  #reportedMs = 0;

  #report(): void {
    const elapsedMs = this.#deps.now() - this.#zero;
    if (elapsedMs < this.#reportedMs + 1_000) return;
    this.#reportedMs = elapsedMs;
    const { pressed, untold, counts, ready } = this.#fleet;
    const [batches, requests] = [this.#books.acknowledged, counts.sent];
    this.#deps.onProgress?.({ elapsedMs, pressed, queued: untold, dropped: 0, batches, requests, ready });
  }

  #nobody(): OutsideError {
    const why = Object.keys(this.#fleet.counts.errors).join(', ');
    const { dead } = this.#states();
    if (dead > 0) return new OutsideError('SERVER', `${this.#options.url} refuses the boards for good`, 'See its log.');
    return new OutsideError(
      'SERVER',
      `no board could register at ${this.#options.url}${why === '' ? ': nothing answers' : `: ${why}`}`,
      'Check the address, and that the server is running.',
    );
  }

  #states(): Pick<Lwm2mSummary, 'registered' | 'dead' | 'crashed' | 'lockedUp'> {
    const states = { registered: 0, dead: 0, crashed: 0, lockedUp: 0 };
    for (const { wasRegistered, client } of this.#fleet.members()) {
      states.registered += Number(wasRegistered);
      states.dead += Number(client.phase === 'dead');
      states.crashed += Number(client.phase === 'crashed');
      states.lockedUp += Number(client.phase === 'stuck');
    }
    return states;
  }

  async #finish({
    played,
    readyMs,
    residentBytes,
  }: Pick<Lwm2mSummary, 'readyMs' | 'residentBytes'> & { played: ReturnType<typeof nonePlayed> }) {
    const { boards, seed } = this.#options;
    const states = this.#states();
    const undelivered = this.#fleet.untold;
    this.#fleet.finish();
    const { ignored, sent, disconnect, silence, reboot, ...counts } = this.#fleet.counts;
    await this.#ledger.close({ ignored, dropped: 0, undelivered });
    const summary: FleetSummary = {
      ...{
        boards,
        pressed: this.#ledger.pressed,
        ignored,
        died: this.#ledger.diedPresses,
        dropped: 0,
        undelivered,
        seed,
      },
      ...{ batches: this.#books.acknowledged, requests: sent },
      latencyMs: {
        p50: this.#books.latencyMs(50),
        p95: this.#books.latencyMs(95),
        p99: this.#books.latencyMs(99),
      },
      lwm2m: {
        ...{ ...states, ...counts, readyMs, residentBytes, maybe: this.#books.maybe },
        played: { ...played, disconnect, silence, reboot },
      },
    };
    return summary;
  }
}
