/**
 * A fleet of boards that speak LwM2M, each over a connection of its own.
 *
 *   presses (schedule) ─┐                                 ┌─► wire: connect, send
 *   wakes (timeline) ───┼─► board ─► client ─► actions ───┼─► books: acknowledged, died
 *   wire: messages ─────┘                                 └─► timeline
 *
 * What time is, and where messages go, is handed in: real clock and sockets, or a bench's own. One timer for all of it, so
 * that ten thousand boards are cheap. Boards' timers are divided by `speed`, presses and the network's are not.
 */
import type { Timer, World } from '../../cloud/protocol/coap/world.ts';
import { COUNTER_PATH } from '../../cloud/protocol/paths.ts';
import type { Random } from '../../cloud/protocol/random.ts';
import { type Action, type BoardEvent, react, type Wake } from '../board/board.ts';
import { LOOP_MS } from '../board/button.ts';
import { JOIN_MS } from '../board/power.ts';
import { TICK_MS } from '../board/timer.ts';
import { step } from '../client/client.ts';
import type { ClientAction, ClientEvent, ClientTransport } from '../client/events.ts';
import type { Faults } from '../faults.ts';
import { Timeline } from '../fleet/timeline.ts';
import type { Press } from '../schedule/schedule.ts';
import type { Books } from './books.ts';
import { isStopped, type Lwm2mMember, newMember } from './member.ts';
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

export interface Lwm2mCounts {
  registrations: number;
  connections: number;
  retransmissions: number;
  droppedValues: number;
  ignored: number;
  sent: number;
  disconnect: number;
  silence: number;
  reboot: number;
  readonly errors: Record<string, number>;
}

/** How long a board is without power when it reboots. */
const DOWN_MS = 1_000;
const WRAPPED = 65_530;
const [SILENCE_LEAST_MS, SILENCE_MS] = [20_000, 40_000];
/** A value must be told before the counter has gone all the way round; so many are withheld at most. */
const [LAST_SILENT_VALUE, MOST_WITHHELD] = [65_500, 100];
/** A board counts as ready although nobody observes it. */
const UNOBSERVED_MS = 2_000;

export class Lwm2mFleet {
  readonly counts: Lwm2mCounts = {
    ...{ registrations: 0, connections: 0, retransmissions: 0, droppedValues: 0, ignored: 0, sent: 0 },
    ...{ disconnect: 0, silence: 0, reboot: 0, errors: {} },
  };
  readonly #parts: Lwm2mFleetParts;
  readonly #members = new Map<number, Lwm2mMember>();
  readonly #timeline = new Timeline<() => void>();
  readonly #phases: Random;
  #timer: { readonly at: number; readonly timer: Timer } | undefined;
  #unstarted: Lwm2mMember[] = [];
  #starting = 0;
  #ready = 0;
  #onReady: () => void = () => undefined;
  /** Boards that hold what they have not told, once it is waited for. */
  #telling: Set<Lwm2mMember> | undefined;
  #onStill: () => void = () => undefined;
  #isOver = false;
  /** Presses that no acknowledgement told of yet. */
  #untold = 0;
  #pressed = 0;

  constructor(parts: Lwm2mFleetParts) {
    const { boards, endpointOf, onSerial, server, ...options } = parts;
    this.#parts = parts;
    this.#phases = parts.random.fork('tick-phase');
    const run = String(parts.wall());
    const serialServer = onSerial === undefined ? undefined : server;
    for (const index of boards) {
      this.#members.set(index, newMember(index, { ...options, run, endpoint: endpointOf(index), serialServer }));
    }
  }

  get pressed(): number {
    return this.#pressed;
  }

  get untold(): number {
    return this.#untold;
  }

  get ready(): number {
    return this.#ready;
  }

  members(): IterableIterator<Lwm2mMember> {
    return this.#members.values();
  }

  /** Switches all on, so many at a time; resolves when each is registered, and observed if it is to be, or is refused for good. */
  start(): Promise<void> {
    this.#unstarted = [...this.#members.values()].reverse();
    const ready = new Promise<void>((resolve) => {
      this.#onReady = resolve;
    });
    this.#startSome();
    return ready;
  }

  /** Presses a board's button, from now on as often as the schedule says; resolves when that is at its end. */
  press(presses: Iterator<Press, number, undefined>): Promise<void> {
    const zero = this.#now();
    return new Promise((resolve) => {
      const next = (): void => {
        if (this.#isOver) {
          resolve();
          return;
        }
        const { done, value } = presses.next();
        if (done === true) {
          this.#at(zero + value, resolve);
          return;
        }
        this.#at(zero + value.at, () => {
          const member = this.#members.get(value.board);
          if (member !== undefined && !this.#isOver) this.#edge(member);
          next();
        });
      };
      next();
    });
  }

  edge(board: number): void {
    const member = this.#members.get(board);
    if (member !== undefined) this.#edge(member);
  }

  /** No more presses. Resolves when every board that can has told all that it holds: what it withheld as well. */
  still(): Promise<void> {
    this.#isOver = true;
    return new Promise((resolve) => {
      this.#at(this.#now() + LOOP_MS + 1, () => {
        for (const member of this.#members.values()) this.#letGo(member);
        this.#onStill = resolve;
        this.#telling = new Set(this.#members.values());
        for (const member of this.#members.values()) this.#lookStill(member);
      });
    });
  }

  /** The end: what boards hold is written down. */
  finish(): void {
    this.#isOver = true;
    this.#timer?.timer.cancel();
    for (const member of this.#members.values()) {
      const { endpoint, pending } = member;
      if (isStopped(member) || member.client.phase === 'stuck') this.#parts.books.died(endpoint, pending);
      else this.#parts.books.held(endpoint, pending);
      member.life += 1;
    }
  }

  #startSome(): void {
    while (this.#starting < this.#parts.starting && this.#unstarted.length > 0) {
      this.#starting += 1;
      const member = this.#unstarted.pop()!;
      this.#powerUp(member, 0, 1 + this.#phases.int(TICK_MS));
      if (member.wraps) this.#wrap(member);
    }
  }

  #isUp(member: Lwm2mMember): void {
    if (member.isReady) return;
    member.isReady = true;
    this.#ready += 1;
    this.#starting -= 1;
    this.#startSome();
    if (this.#ready === this.#members.size) this.#onReady();
  }

  #edge(member: Lwm2mMember): void {
    if (member.client.phase === 'crashed') this.counts.ignored += 1;
    else this.#follow(member, react(member.board, { kind: 'edge' }));
  }

  #powerUp(member: Lwm2mMember, joinAfter: number, tickAfter: number): void {
    member.life += 1;
    member.pending.boot = Math.floor(this.#parts.wall());
    this.#follow(member, react(member.board, { kind: 'power-up', joinAfter, tickAfter }));
  }

  #powerOff(member: Lwm2mMember): void {
    this.counts.reboot += 1;
    this.#letGo(member);
    this.#follow(member, react(member.board, { kind: 'power-off' }));
    this.#step(member, { kind: 'stop' });
    member.connection?.close(true);
    member.connection = undefined;
    member.held.length = 0;
    member.silentUntil = 0;
    this.#untold -= sumOf(member);
    this.#parts.books.died(member.endpoint, member.pending);
    member.life += 1;
    this.#later(member, DOWN_MS / this.#parts.speed, () => this.#powerUp(member, JOIN_MS, TICK_MS));
  }

  /** As if it had been pressed so often before the run. */
  #wrap(member: Lwm2mMember): void {
    const { board, pending } = member;
    board.counter = WRAPPED;
    pending.presses.push({ at: pending.boot, value: WRAPPED, n: WRAPPED });
    this.#pressed += WRAPPED;
    this.#untold += WRAPPED;
    // Once its client runs, which begins with a reset.
    this.#later(member, 1, () => this.#step(member, { kind: 'changed', path: COUNTER_PATH, value: String(WRAPPED) }));
  }

  #follow(member: Lwm2mMember, actions: readonly Action[]): void {
    let pressed = false;
    for (const action of actions) {
      switch (action.do) {
        case 'wake':
          this.#wakeBoard(member, action.wake, action.after);
          break;
        case 'register':
          this.#step(member, { kind: 'start' });
          break;
        case 'update':
          this.#step(member, { kind: 'update' });
          break;
        case 'press':
          pressed = true;
          this.#pressed += 1;
          this.#untold += 1;
          member.pending.presses.push({ at: this.#parts.wall() - LOOP_MS, value: action.value, n: 1 });
          break;
        case 'notify':
          if (action.path === COUNTER_PATH && this.#withholds(member)) member.isWithheld = true;
          else this.#tell(member, action.path, action.value);
          break;
        case 'ignore':
          this.counts.ignored += 1;
          if (member.board.powered && !member.board.registered) this.#step(member, { kind: 'ignored-press' });
          break;
      }
    }
    if (pressed) this.#afterPress(member);
  }

  #tell(member: Lwm2mMember, path: string, value: string): void {
    if (path === COUNTER_PATH) member.isWithheld = false;
    this.#step(member, { kind: 'changed', path, value });
  }

  #letGo(member: Lwm2mMember): void {
    if (member.isWithheld) this.#tell(member, COUNTER_PATH, String(member.board.counter));
  }

  #withholds({ coalesces, board, pending }: Lwm2mMember): boolean {
    const drawn = coalesces?.() ?? false;
    return drawn && board.counter <= LAST_SILENT_VALUE && pending.presses.length < MOST_WITHHELD;
  }

  /** Every fault is drawn once a press, whatever comes of it. */
  #afterPress(member: Lwm2mMember): void {
    const [reboots, disconnects, silences] = [member.reboots?.(), member.disconnects?.(), member.silences?.()];
    if (reboots === true) {
      this.#powerOff(member);
      return;
    }
    if (disconnects === true && member.connection !== undefined) {
      this.counts.disconnect += 1;
      member.connection.close(true);
      member.connection = undefined;
      this.#closed(member, 'network');
    }
    if (silences === true) this.#silence(member);
  }

  #silence(member: Lwm2mMember): void {
    this.counts.silence += 1;
    const ms = (SILENCE_LEAST_MS + member.random.next() * SILENCE_MS) / this.#parts.speed;
    member.silentUntil = this.#now() + ms;
    this.#later(member, ms, () => {
      if (this.#now() < member.silentUntil) return;
      for (const arrive of member.held.splice(0)) arrive();
    });
  }

  /** Over a stream, what is sent in silence comes later; a datagram is gone. */
  #through(member: Lwm2mMember, arrive: () => void): void {
    if (this.#now() >= member.silentUntil && member.held.length === 0) arrive();
    else if (this.#parts.transport !== 'udp') member.held.push(arrive);
  }

  #wakeBoard(member: Lwm2mMember, wake: Wake, after: number): void {
    // The main loop runs as fast as ever.
    const ms = wake === 'loop' ? after : after / this.#parts.speed;
    this.#later(member, ms, () => {
      if (member.client.phase !== 'crashed') this.#follow(member, react(member.board, { kind: wake } as BoardEvent));
    });
  }

  #step(member: Lwm2mMember, event: ClientEvent): void {
    for (const action of step(member.client, event)) this.#carryOut(member, action, event);
  }

  #carryOut(member: Lwm2mMember, action: ClientAction, event: ClientEvent): void {
    const { books, onSerial } = this.#parts;
    switch (action.do) {
      case 'connect':
        this.#connect(member);
        break;
      case 'close':
        member.connection?.close();
        member.connection = undefined;
        member.held.length = 0;
        break;
      case 'send': {
        this.counts.sent += 1;
        if (event.kind === 'wake' && event.wake === 'resend') this.counts.retransmissions += 1;
        const { connection } = member;
        this.#through(member, () => connection?.send(action.bytes));
        break;
      }
      case 'wake': {
        const { wake, id, after } = action;
        this.#later(member, after, () => this.#step(member, { kind: 'wake', wake, id }));
        break;
      }
      case 'registered':
        this.counts.registrations += 1;
        member.wasRegistered = true;
        this.#follow(member, react(member.board, { kind: 'registered' }));
        if (!member.isReady) this.#later(member, UNOBSERVED_MS, () => this.#isUp(member));
        break;
      case 'dead':
      case 'crashed':
        this.#isUp(member);
        this.#lookStill(member);
        break;
      case 'notified':
        if (action.path === COUNTER_PATH) this.#sent(member, Number(action.value));
        break;
      case 'answered':
        if (action.path === COUNTER_PATH) this.#answered(member, Number(action.value));
        break;
      case 'acknowledged':
        if (action.path === COUNTER_PATH) {
          const before = sumOf(member);
          books.acknowledge(member.endpoint, member.pending, Number(action.value));
          this.#untold -= before - sumOf(member);
          this.#lookStill(member);
        }
        break;
      case 'dropped':
        this.counts.droppedValues += 1;
        break;
      case 'serial':
        onSerial?.(member.endpoint, action.text);
        break;
      case 'led':
      case 'refused':
        break;
    }
  }

  #sent({ pending }: Lwm2mMember, value: number): void {
    pending.sent = Math.max(pending.sent, pending.toldBy(value));
  }

  #answered(member: Lwm2mMember, value: number): void {
    const { pending } = member;
    pending.answered = Math.max(pending.answered, pending.toldBy(value));
    this.#isUp(member);
    this.#lookStill(member);
  }

  #connect(member: Lwm2mMember): void {
    this.counts.connections += 1;
    member.connection?.close(true);
    member.held.length = 0;
    const { life } = member;
    const isCurrent = (): boolean => life === member.life && member.connection === connection;
    const connection = this.#parts.wire.connect(member.endpoint, {
      opened: () => {
        if (isCurrent()) this.#step(member, { kind: 'connected' });
      },
      message: (bytes) => {
        if (!isCurrent()) return;
        this.#through(member, () => {
          if (isCurrent()) this.#step(member, { kind: 'message', bytes });
        });
      },
      closed: (error) => {
        if (!isCurrent()) return;
        member.connection = undefined;
        this.#closed(member, error);
      },
    });
    member.connection = connection;
  }

  #closed(member: Lwm2mMember, error: Extract<ClientEvent, { kind: 'closed' }>['error']): void {
    member.held.length = 0;
    this.counts.errors[error] = (this.counts.errors[error] ?? 0) + 1;
    this.#step(member, { kind: 'closed', error });
  }

  #lookStill(member: Lwm2mMember): void {
    if (this.#telling === undefined || !hasTold(member)) return;
    this.#telling.delete(member);
    if (this.#telling.size === 0) this.#onStill();
  }

  #now(): number {
    return this.#parts.world.now();
  }

  /** In the present life of a board. */
  #later(member: Lwm2mMember, ms: number, what: () => void): void {
    const { life } = member;
    this.#at(this.#now() + ms, () => {
      if (life === member.life) what();
    });
  }

  #at(at: number, what: () => void): void {
    this.#timeline.add(at, what);
    if (this.#timer === undefined || at < this.#timer.at) this.#arm();
  }

  #arm(): void {
    const at = this.#timeline.nextAt;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    if (at === Number.POSITIVE_INFINITY) return;
    const timer = this.#parts.world.after(Math.max(0, at - this.#now()), () => this.#run());
    this.#timer = { at, timer };
  }

  /** What is due; a while at most, so that messages are read in between. */
  #run(): void {
    this.#timer = undefined;
    for (let many = 0; many < MOST_AT_ONCE && this.#timeline.nextAt <= this.#now(); many++)
      this.#timeline.take()!.what();
    if (this.#timer === undefined) this.#arm();
  }
}

const MOST_AT_ONCE = 1_000;

function sumOf({ pending }: Lwm2mMember): number {
  return pending.presses.reduce((sum, { n }) => sum + n, 0);
}

function hasTold(member: Lwm2mMember): boolean {
  const { pending, board } = member;
  if (pending.presses.length <= pending.answered) return true;
  return !board.powered || isStopped(member);
}
