/**
 * The part of a run that one thread has: all of its boards, or a shard of them.
 *
 *   wire (UDP, TLS, TCP, with faults) ─► boards register ─► phases of presses ─► the rest is told ─► ledger, numbers
 */
import type { World } from '../../cloud/protocol/coap/world.ts';
import { OutsideError } from '../../cloud/protocol/errors.ts';
import { type Random, seededRandom } from '../../cloud/protocol/random.ts';
import { endpointName, NAME_PREFIX } from '../fleet/names.ts';
import { createTally, type LedgerWriter, type RunHeader } from '../ledger/writer.ts';
import type { FleetDeps, FleetOptions } from '../options.ts';
import { phasePresses, scenarioNames } from '../scenario/scenario.ts';
import { type Press, presses } from '../schedule/schedule.ts';
import type { Via } from '../vias.ts';
import { Books } from './books.ts';
import { faultyWire, hasDatagramFaults, nonePlayed } from './faulty.ts';
import { Lwm2mFleet } from './fleet.ts';
import { isObserved } from './member.ts';
import { openWire } from './open-wire.ts';
import type { Lwm2mOptions, Lwm2mSummary } from './options.ts';
import { type ServerAddress, serverAddress } from './server-address.ts';
import type { Part } from './summary.ts';
import type { Wire } from './wire.ts';

export type Lwm2mVia = Extract<Via, `lwm2m+${string}`>;
export type PartOptions = FleetOptions & { readonly via: Lwm2mVia };

/** What boards came to until the presses begin. */
export interface Started {
  readonly registrations: number;
  readonly dead: number;
  readonly errors: Readonly<Record<string, number>>;
}

export interface PartDeps extends FleetDeps {
  /** Handed what this part's boards came to, resolves to what all parts' did, when all are there. */
  readonly gather?: (mine: Started) => Promise<Started>;
}

/** What a server that is left alone holds: half-open connections, and those of one address. */
const STARTING = 256;
const DRAIN_MS = 300_000;
const LOOK_MS = 250;
const PROGRESS_MS = 1_000;
const DOMAIN = 'mts';
/** Boards try for ever; a person wants to know. */
const PATIENCE_MS = 20_000;

/** Runs it to its end. OutsideError SERVER if no board can register, FILE if the ledger cannot be written. */
export async function runPart(options: PartOptions, deps: PartDeps): Promise<Part> {
  const { lwm2m = {} } = options;
  const server = serverAddress(options.via, options.url);
  const world = lwm2m.world ?? realWorld();
  const wire = lwm2m.wire ?? (await openWire(server, lwm2m));
  const run = new Run(options, deps, { world, server, wire });
  try {
    return await run.toEnd();
  } finally {
    run.stop();
    await wire.close();
  }
}

/** The head of its ledger: `names` as well, where not all boards' begin the same. */
export function ledgerHead(options: PartOptions, startMs: number): RunHeader & Pick<Lwm2mOptions, 'names'> {
  const { seed, dialect, boards, via, namePrefix: prefix = NAME_PREFIX, lwm2m: { names } = {} } = options;
  const start = new Date(startMs).toISOString();
  return { seed: String(seed), dialect, boards, prefix, start, via, ...(names === undefined ? {} : { names }) };
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
  readonly server: ServerAddress;
  readonly wire: Wire;
}

class Run {
  readonly #options: PartOptions;
  readonly #deps: PartDeps;
  readonly #world: World;
  readonly #random: Random;
  readonly #books: Books;
  readonly #fleet: Lwm2mFleet;
  readonly #ledger: LedgerWriter;
  readonly #zero: number;
  readonly #mine: readonly number[];
  readonly #played = nonePlayed();
  #faults;
  #reportedMs = 0;

  constructor(options: PartOptions, deps: PartDeps, { world, server, wire }: Parts) {
    const { boards, namePrefix = NAME_PREFIX, faults, lwm2m = {}, shard = { index: 0, of: 1 } } = options;
    const { speed = 1, resendQueue = 6, domain = DOMAIN, starting = STARTING, onSerial, names, phases } = lwm2m;
    [this.#options, this.#deps, this.#world] = [options, deps, world];
    this.#random = seededRandom(options.seed);
    this.#ledger = options.ledger ?? createTally();
    this.#books = new Books(this.#ledger, deps.now);
    this.#zero = deps.now();
    this.#faults = phases?.[0]?.faults ?? faults;
    this.#mine = Array.from({ length: boards }, (_, index) => index).filter(
      (index) => index % shard.of === shard.index,
    );
    const isLossy = (phases ?? [{ faults }]).some((phase) => hasDatagramFaults(phase.faults));
    const random = this.#random.fork(`wire/${shard.index}`);
    this.#fleet = new Lwm2mFleet({
      boards: this.#mine,
      endpointOf:
        names === undefined ? (board) => endpointName(board, boards, namePrefix) : scenarioNames(names, namePrefix),
      ...{ domain, resendQueue, speed, faults: this.#faults, world, starting, onSerial },
      random: this.#random,
      wire: isLossy ? faultyWire(wire, () => this.#faults, random, world, this.#played) : wire,
      transport: server.transport,
      wall: deps.now,
      books: this.#books,
      server: options.url,
    });
  }

  async toEnd(): Promise<Part> {
    const { lwm2m: { patienceMs = PATIENCE_MS } = {}, drainMs } = this.#options;
    await this.#ledger.begin(ledgerHead(this.#options, this.#zero));
    const before = process.memoryUsage().rss;
    const began = this.#world.now();
    await this.#until(this.#fleet.start(), { patienceMs, progress: () => this.#fleet.ready });
    await this.#gather();
    const readyMs = Math.round(this.#world.now() - began);
    const grown = process.memoryUsage().rss - before;
    const residentBytes = Math.max(0, Math.round(grown / Math.max(1, this.#mine.length)));
    await this.#press();
    if (!this.#isAbandoned) {
      const progress = (): number => -this.#fleet.counts.untold;
      await this.#until(this.#fleet.still(), { patienceMs: drainMs ?? DRAIN_MS, progress, toTheEnd: true });
      await this.#deps.settled?.();
    }
    return await this.#finish({ readyMs, residentBytes });
  }

  /** After a run that failed: boards would try for ever. */
  stop(): void {
    this.#fleet.stop();
  }

  /** OutsideError SERVER if no board of any part is registered. */
  async #gather(): Promise<void> {
    const { registrations, errors } = this.#fleet.counts;
    const mine: Started = { registrations, errors, dead: this.#states().dead };
    const all = (await this.#deps.gather?.(mine)) ?? mine;
    if (all.registrations > 0 || this.#mine.length === 0 || this.#isStopped) return;
    const { url } = this.#options;
    await this.#ledger.close({ ignored: 0, dropped: 0, undelivered: 0 });
    if (all.dead > 0) throw new OutsideError('SERVER', `${url} refuses the boards for good`, 'See its log.');
    const why = Object.keys(all.errors).join(', ');
    throw new OutsideError(
      'SERVER',
      `no board could register at ${url}${why === '' ? ': nothing answers' : `: ${why}`}`,
      'Check the address, and that the server is running.',
    );
  }

  async #press(): Promise<void> {
    const byHand = this.#options.lwm2m?.byHand;
    if (byHand !== undefined) {
      const ended = byHand(this.#fleet.hand(this.#mine[0] ?? 0));
      await this.#until(ended, { patienceMs: Number.POSITIVE_INFINITY, progress: () => 0 });
      return;
    }
    let zero = this.#world.now();
    for (const { due, faults, durationMs } of this.#phases()) {
      if (this.#isStopped) return;
      this.#faults = faults;
      this.#fleet.setFaults(faults);
      const pressing = this.#fleet.press(due, zero);
      await this.#until(pressing, { patienceMs: Number.POSITIVE_INFINITY, progress: () => 0 });
      // Not when it was noticed: phases do not drift.
      zero += durationMs;
    }
  }

  *#phases(): Generator<{
    due: Generator<Press, number, undefined>;
    faults: FleetOptions['faults'];
    durationMs: number;
  }> {
    const { schedule, faults, lwm2m, durationMs = 0 } = this.#options;
    if (lwm2m?.phases === undefined) {
      const random = this.#random.fork('schedule');
      yield { due: presses(schedule, { ...this.#options, random }), faults, durationMs };
    } else {
      for (const [number, phase] of lwm2m.phases.entries()) {
        const due = phasePresses(phase, number, this.#random.fork('schedule'));
        yield { due, faults: phase.faults, durationMs: phase.durationMs };
      }
    }
  }

  get #isAbandoned(): boolean {
    return this.#deps.abandon?.aborted === true;
  }

  get #isStopped(): boolean {
    return this.#isAbandoned || this.#deps.signal?.aborted === true;
  }

  /**
   * Waits, and reports how it goes; no longer if it was stopped, or nothing went on for so long. `toTheEnd`: only abandoned.
   */
  async #until(
    done: Promise<void>,
    { patienceMs, progress, toTheEnd = false }: { patienceMs: number; progress: () => number; toTheEnd?: boolean },
  ): Promise<void> {
    let isDone = false;
    let wake = (): void => undefined;
    void done.then(() => {
      isDone = true;
      wake();
    });
    let [seen, since] = [progress(), this.#world.now()];
    while (!isDone && !this.#isAbandoned && (toTheEnd || !this.#isStopped)) {
      await new Promise<void>((resolve) => {
        const timer = this.#world.after(LOOK_MS, resolve);
        wake = () => {
          timer.cancel();
          resolve();
        };
      });
      await this.#ledger.flush();
      this.#report();
      if (progress() !== seen) [seen, since] = [progress(), this.#world.now()];
      if (this.#world.now() - since >= patienceMs) return;
    }
  }

  #report(): void {
    const elapsedMs = this.#deps.now() - this.#zero;
    if (elapsedMs < this.#reportedMs + PROGRESS_MS) return;
    this.#reportedMs = elapsedMs;
    const { counts, ready } = this.#fleet;
    const { pressed, untold: queued, sent: requests } = counts;
    const { acknowledged: batches } = this.#books;
    this.#deps.onProgress?.({ elapsedMs, pressed, queued, dropped: 0, batches, requests, ready });
  }

  #states(): Pick<Lwm2mSummary, 'registered' | 'observed' | 'dead' | 'crashed' | 'lockedUp'> {
    const states = { registered: 0, observed: 0, dead: 0, crashed: 0, lockedUp: 0 };
    for (const member of this.#fleet.members()) {
      const { wasRegistered, client } = member;
      states.observed += Number(isObserved(member));
      states.registered += Number(wasRegistered);
      states.dead += Number(client.phase === 'dead');
      states.crashed += Number(client.phase === 'crashed');
      states.lockedUp += Number(client.phase === 'stuck');
    }
    return states;
  }

  async #finish(once: Pick<Lwm2mSummary, 'readyMs' | 'residentBytes'>): Promise<Part> {
    const states = this.#states();
    const undelivered = this.#fleet.finish();
    const { ignored, sent, disconnect, silence, reboot, pressed: _, untold: __, ...counts } = this.#fleet.counts;
    await this.#ledger.close({ ignored, dropped: 0, undelivered });
    const { pressed, diedPresses: died } = this.#ledger;
    const { acknowledged, maybe, latency } = this.#books;
    return {
      fleet: { pressed, ignored, died, undelivered, batches: acknowledged, requests: sent },
      lwm2m: { ...states, ...counts, ...once, maybe, played: { ...this.#played, disconnect, silence, reboot } },
      latency,
    };
  }
}
