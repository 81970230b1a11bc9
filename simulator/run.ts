/**
 * A fleet pressing, and the link that carries what it says.
 *
 *   fleet ─► queue ─ cut each 100 ms, 10,000 at most ─► ledger (flushed first) ─► link, one batch at a time
 *
 * All of it in virtual time (pace.ts): batches are cut where the seed says, whatever the machine does. Answers take no
 * virtual time, unless the run lags so far behind that windows are sent together (`patience`).
 */
import { encodeNotification } from '../cloud/protocol/notification/encode.ts';
import { seededRandom } from '../cloud/protocol/random.ts';
import { Accounts } from './accounts.ts';
import { batchFaults, hasBatchFaults, refuseFaults } from './faults.ts';
import { Fleet } from './fleet/fleet.ts';
import { endpointName, NAME_PREFIX } from './fleet/names.ts';
import type { Outgoing } from './fleet/outgoing.ts';
import { createTally, type LedgerWriter } from './ledger/writer.ts';
import type { Link } from './links/link.ts';
import { openLink } from './links/open.ts';
import { type MessageContext, toMessage, uidMaker } from './links/webhook/message.ts';
import { EventQueue } from './links/webhook/queue.ts';
import { checkOptions, type FleetDeps, type FleetOptions, type FleetSummary, TIMEOUT_MS } from './options.ts';
import { Pace } from './pace.ts';
import { presses } from './schedule/schedule.ts';
import { isLwm2m } from './vias.ts';

const WINDOW_MS = 100;
const MOST_EVENTS = 10_000;
const DRAIN_MS = 300_000;
const PROGRESS_MS = 1_000;
/** How far a run lags before it sends windows together: seeded faults need theirs apart, without them nothing does. */
const PATIENCE_MS = { withFaults: 30_000, without: 0 } as const;

/**
 * Runs a fleet to its end. OutsideError SERVER if the other side does not pass the link's check, FILE if the ledger
 * cannot be written; UsageError for options no run could have. What the other side does later is retried and told in
 * the summary.
 */
export async function runFleet(options: FleetOptions, deps: FleetDeps): Promise<FleetSummary> {
  checkOptions(options);
  const { via = 'webhook' } = options;
  if (isLwm2m(via)) {
    const { runLwm2mFleet } = await import('./lwm2m/run.ts');
    return await runLwm2mFleet({ ...options, via }, deps);
  }
  refuseFaults(via, options.faults);
  const abandon = deps.abandon ?? new AbortController().signal;
  const link = await openLink(options, { ...deps, abandon });
  try {
    const requests = await link.open();
    return await new Run(options, deps, { link, requests, abandon }).toEnd();
  } finally {
    await link.close();
  }
}

interface Opened {
  readonly link: Link;
  /** What its check took. */
  readonly requests: number;
  readonly abandon: AbortSignal;
}

class Run {
  readonly #options: FleetOptions;
  readonly #deps: FleetDeps;
  readonly #link: Link;
  readonly #stop: AbortSignal;
  readonly #abandon: AbortSignal;
  readonly #either: AbortSignal;
  readonly #random;
  readonly #fleet: Fleet;
  readonly #pace: Pace;
  readonly #queue = new EventQueue<Outgoing>();
  readonly #ledger: LedgerWriter;
  readonly #context: MessageContext;
  readonly #accounts: Accounts;
  readonly #patienceMs: number;
  /** With those of the check before the run. */
  #requests: number;
  #batches = 0;
  #dropped = 0;
  #undelivered = 0;
  /** Real time since the run began, of what drainMs counts from. */
  #lastProgress: number | undefined;
  #nextReport = PROGRESS_MS;

  constructor(options: FleetOptions, deps: FleetDeps, { link, requests, abandon }: Opened) {
    const { boards, namePrefix = NAME_PREFIX, faults } = options;
    [this.#options, this.#deps, this.#link, this.#requests, this.#abandon] = [options, deps, link, requests, abandon];
    this.#stop = deps.signal ?? new AbortController().signal;
    this.#either = AbortSignal.any([this.#stop, abandon]);
    this.#ledger = options.ledger ?? createTally();
    this.#patienceMs = hasBatchFaults(faults) ? PATIENCE_MS.withFaults : PATIENCE_MS.without;
    const random = seededRandom(options.seed);
    this.#random = random.fork('delivery');
    const startMs = options.startMs ?? Math.floor(deps.now());
    this.#context = {
      startMs,
      name: (board) => endpointName(board, boards, namePrefix),
      // Another run of this seed must not look like a redelivery of this one.
      uid: uidMaker(random.fork(`uid/${startMs}`)),
    };
    this.#accounts = new Accounts(this.#ledger, this.#context);
    this.#fleet = new Fleet({
      boards,
      random,
      faults,
      presses: presses(options.schedule, { ...options, random: random.fork('schedule') }),
      emit: (item) => this.#enqueue(item),
      died: (untold) => this.#accounts.died(untold),
    });
    this.#pace = new Pace({ now: deps.now, sleep: deps.sleep, advance: (to) => this.#fleet.advance(to) });
  }

  async toEnd(): Promise<FleetSummary> {
    const { boards, seed, dialect, via, namePrefix: prefix = NAME_PREFIX } = this.#options;
    const start = new Date(this.#context.startMs).toISOString();
    await this.#ledger.begin({
      seed: String(seed),
      dialect,
      boards,
      prefix,
      start,
      ...(via === undefined || via === 'webhook' ? {} : { via }),
    });
    let going = true;
    while (going && !this.#ended) going = (await this.#reachNextCut()) && (await this.#sendAll());
    while (going && this.#fleet.letGo()) going = await this.#sendAll();
    return await this.#finish();
  }

  get #ended(): boolean {
    return this.#pace.at >= this.#fleet.endsAt;
  }

  /** The end of the window in which something happens next; or now, if that is too long ago. */
  async #reachNextCut(): Promise<boolean> {
    const { at, elapsed } = this.#pace;
    const next = (Math.floor(Math.max(this.#fleet.nextAt, at) / WINDOW_MS) + 1) * WINDOW_MS;
    const present = Math.floor(elapsed / WINDOW_MS) * WINDOW_MS;
    const cut = present - next > this.#patienceMs ? present : next;
    return await this.#reach(() => Math.min(cut, this.#fleet.endsAt));
  }

  /** False: it is not worth going on. */
  async #reach(target: () => number, notBefore = 0): Promise<boolean> {
    for (;;) {
      if (this.#abandon.aborted) return false;
      if (this.#stop.aborted) this.#fleet.stop();
      if (this.#ended) this.#lastProgress ??= this.#pace.elapsed;
      if (this.#pace.elapsed - (this.#lastProgress ?? Number.NaN) >= (this.#options.drainMs ?? DRAIN_MS)) return false;
      this.#report();
      const signal = this.#stop.aborted ? this.#abandon : this.#either;
      if (await this.#pace.approach(target(), notBefore, signal)) return true;
    }
  }

  #enqueue(item: Outgoing): void {
    const dropped = this.#queue.push(item);
    if (dropped === undefined) return;
    this.#dropped += 1;
    if (dropped.kind === 'value') this.#fleet.thrownAway(dropped);
  }

  /** False: given up with events left. */
  async #sendAll(): Promise<boolean> {
    while (this.#queue.size > 0) {
      const batch = this.#queue.take(MOST_EVENTS);
      this.#accounts.carried(batch);
      await this.#ledger.flush();
      let left = batch.length;
      const delivered = await this.#link.deliver(batch, {
        encode: (events) => this.#encode(events),
        faultsOf: (sequence) => batchFaults(this.#options.faults, this.#random, sequence),
        pause: (ms, { timedOut }) => this.#pause(ms, timedOut),
        onRequests: (copies) => {
          this.#requests += copies;
        },
        onAcknowledged: (events) => {
          left -= events.length;
          this.#acknowledged(events);
        },
      });
      if (delivered) continue;
      this.#undelivered += left;
      return false;
    }
    return true;
  }

  #encode(events: readonly Outgoing[]): Uint8Array {
    return new TextEncoder().encode(encodeNotification(toMessage(events, this.#context), this.#options.dialect));
  }

  /** Both in virtual and in real time; but a timeout was spent in real time only. */
  async #pause(ms: number, timedOut: boolean): Promise<boolean> {
    const target = this.#pace.at + ms + (timedOut ? (this.#options.timeoutMs ?? TIMEOUT_MS) : 0);
    return await this.#reach(() => target, this.#pace.elapsed + ms);
  }

  #acknowledged(events: readonly Outgoing[]): void {
    const { elapsed } = this.#pace;
    this.#batches += 1;
    if (this.#lastProgress !== undefined) this.#lastProgress = elapsed;
    this.#accounts.acknowledged(events, elapsed);
    this.#report();
  }

  #report(): void {
    const { elapsed: elapsedMs } = this.#pace;
    if (elapsedMs < this.#nextReport) return;
    this.#nextReport = elapsedMs + PROGRESS_MS;
    const { pressed } = this.#ledger;
    const [queued, dropped, batches, requests] = [this.#queue.size, this.#dropped, this.#batches, this.#requests];
    this.#deps.onProgress?.({ elapsedMs, pressed, queued, dropped, batches, requests });
  }

  /** After a run that was cut short as well: whatever was pressed is written down. */
  async #finish(): Promise<FleetSummary> {
    this.#fleet.stop();
    this.#fleet.advance(this.#fleet.endsAt);
    this.#fleet.letGo();
    const left = this.#queue.take(this.#queue.size);
    this.#accounts.carried(left);
    this.#undelivered += left.length;
    for (const untold of this.#fleet.untold()) this.#accounts.untold(untold);
    const { ignored } = this.#fleet;
    const [dropped, undelivered] = [this.#dropped, this.#undelivered];
    await this.#ledger.close({ ignored, dropped, undelivered });
    return {
      boards: this.#options.boards,
      pressed: this.#ledger.pressed,
      ignored,
      died: this.#ledger.diedPresses,
      dropped,
      undelivered,
      batches: this.#batches,
      requests: this.#requests,
      seed: this.#options.seed,
      latencyMs: {
        p50: this.#accounts.latencyMs(50),
        p95: this.#accounts.latencyMs(95),
        p99: this.#accounts.latencyMs(99),
      },
    };
  }
}
