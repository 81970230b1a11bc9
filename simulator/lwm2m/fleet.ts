/**
 * A fleet of boards that speak LwM2M, each over a connection of its own: switched on, pressed, and waited for.
 *
 *   start ─► all registered and observed ─► press (schedule) … ─► still: all told ─► finish: the books are closed
 *
 * What time is, and where messages go, is handed in: real clock and sockets, or a bench's own. Boards' timers are divided by
 * `speed`, presses and the network's are not. What a board does is life.ts.
 */
import type { World } from '../../cloud/protocol/coap/world.ts';
import type { Random } from '../../cloud/protocol/random.ts';
import { LOOP_MS } from '../board/button.ts';
import { TICK_MS } from '../board/timer.ts';
import type { ClientTransport } from '../client/events.ts';
import type { Faults } from '../faults.ts';
import type { Press } from '../schedule/schedule.ts';
import type { Books } from './books.ts';
import { Chances } from './chances.ts';
import { Clockwork } from './clockwork.ts';
import { type Lwm2mCounts, nothingCounted } from './counts.ts';
import { Life } from './life.ts';
import { hasTold, isStopped, type Lwm2mMember, newMember } from './member.ts';
import type { Hand } from './options.ts';
import type { Wire } from './wire.ts';

export interface Lwm2mFleetParts {
  /** Indices of its boards, and their names. */
  readonly boards: readonly number[];
  readonly endpointOf: (board: number) => string;
  readonly domain: string;
  readonly transport: ClientTransport;
  readonly resendQueue: number;
  readonly speed: number;
  readonly faults: Faults;
  readonly random: Random;
  readonly world: World;
  /** The time of day, milliseconds since 1970. */
  readonly wall: () => number;
  readonly wire: Wire;
  readonly books: Books;
  readonly starting: number;
  readonly onSerial: ((endpoint: string, text: string) => void) | undefined;
  /** The name of the service, as serial ports print it. */
  readonly server: string;
}

export class Lwm2mFleet {
  readonly counts: Lwm2mCounts = nothingCounted();
  readonly #parts: Lwm2mFleetParts;
  readonly #members = new Map<number, Lwm2mMember>();
  readonly #clockwork: Clockwork;
  readonly #chances: Chances;
  readonly #life: Life;
  #unstarted: Lwm2mMember[] = [];
  #starting = 0;
  #ready = 0;
  #onReady: () => void = () => undefined;
  /** Boards that hold what they have not told, once it is waited for. */
  #telling: Set<Lwm2mMember> | undefined;
  #onStill: () => void = () => undefined;
  #isOver = false;

  constructor(parts: Lwm2mFleetParts) {
    const { boards, endpointOf, onSerial, server, transport, ...options } = parts;
    this.#parts = parts;
    this.#clockwork = new Clockwork(parts.world);
    this.#chances = new Chances(parts.random, parts.faults);
    this.#life = new Life({
      ...parts,
      isStream: transport !== 'udp',
      ...{ clockwork: this.#clockwork, chances: this.#chances, counts: this.counts },
      onReady: (member) => this.#isUp(member),
      onStep: (member) => this.#lookStill(member),
    });
    const run = String(parts.wall());
    const serialServer = onSerial === undefined ? undefined : server;
    for (const index of boards) {
      const endpoint = endpointOf(index);
      this.#members.set(index, newMember(index, { ...options, transport, run, endpoint, serialServer }));
    }
  }

  get ready(): number {
    return this.#ready;
  }

  members(): IterableIterator<Lwm2mMember> {
    return this.#members.values();
  }

  /** Of presses, from now on. */
  setFaults(faults: Faults): void {
    this.#chances.set(faults);
  }

  /** Switches all on, so many at a time; resolves when each is registered, and observed if it is to be, or is refused for good. */
  start(): Promise<void> {
    this.#unstarted = [...this.#members.values()].reverse();
    return new Promise((resolve) => {
      this.#onReady = resolve;
      this.#startSome();
    });
  }

  /**
   * Presses boards' buttons as often as the schedule says, whose 0 is `zero`: now, unless told. Resolves when that is at its
   * end.
   */
  press(presses: Iterator<Press, number, undefined>, zero = this.#clockwork.now()): Promise<void> {
    return new Promise((resolve) => {
      const next = (): void => {
        if (this.#isOver) {
          resolve();
          return;
        }
        const { done, value } = presses.next();
        if (done === true) {
          this.#clockwork.at(zero + value, resolve);
          return;
        }
        this.#clockwork.at(zero + value.at, () => {
          this.edge(value.board);
          next();
        });
      };
      next();
    });
  }

  /** Presses a board's button. */
  edge(board: number): void {
    const member = this.#members.get(board);
    if (member !== undefined && !this.#isOver) this.#life.edge(member);
  }

  /** A board in somebody's hand; it must be one of this fleet's. */
  hand(board: number): Hand {
    const member = this.#members.get(board);
    if (member === undefined) throw new RangeError(`no board ${board}`);
    return {
      press: () => this.edge(board),
      reset: () => this.#life.reset(member),
      disconnect: () => this.#life.cut(member),
    };
  }

  /** No more presses. Resolves when every board that can has told all that it holds: what it withheld as well. */
  still(): Promise<void> {
    this.#isOver = true;
    return new Promise((resolve) => {
      this.#clockwork.at(this.#clockwork.now() + LOOP_MS + 1, () => {
        for (const member of this.#members.values()) this.#life.letGo(member);
        this.#onStill = resolve;
        this.#telling = new Set(this.#members.values());
        for (const member of this.#members.values()) this.#lookStill(member);
        if (this.#members.size === 0) resolve();
      });
    });
  }

  /** The end: what boards hold is written down. Returns how many presses they hold that nothing told. */
  finish(): number {
    this.stop();
    let untold = 0;
    for (const member of this.#members.values()) {
      const { endpoint, pending } = member;
      if (isStopped(member) || member.client.phase === 'stuck') this.#parts.books.died(endpoint, pending);
      else {
        if (!hasTold(member)) untold += pending.sum;
        this.#parts.books.held(endpoint, pending);
      }
    }
    return untold;
  }

  /** Nothing happens any more, and no timer runs. */
  stop(): void {
    this.#isOver = true;
    this.#clockwork.stop();
    for (const member of this.#members.values()) member.life += 1;
  }

  #startSome(): void {
    while (this.#starting < this.#parts.starting && this.#unstarted.length > 0) {
      this.#starting += 1;
      const member = this.#unstarted.pop()!;
      // They were not all switched on in the same millisecond: ticks are spread.
      this.#life.begin(member, 1 + this.#parts.random.fork(`tick-phase/${member.index}`).int(TICK_MS));
    }
    if (this.#ready === this.#members.size) this.#onReady();
  }

  #isUp(member: Lwm2mMember): void {
    if (member.isReady) return;
    member.isReady = true;
    this.#ready += 1;
    this.#starting -= 1;
    this.#startSome();
  }

  #lookStill(member: Lwm2mMember): void {
    if (this.#telling?.has(member) !== true || !hasTold(member)) return;
    this.#telling.delete(member);
    if (this.#telling.size === 0) this.#onStill();
  }
}
