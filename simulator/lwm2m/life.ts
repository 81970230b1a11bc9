/**
 * The lives of boards that speak LwM2M: what is pressed, what their clients do about it, and what is known of it.
 *
 *   edge, wakes ─► board ─► follow ─► client ─► carryOut ─┬─► lines: connect, send
 *                              │                          ├─► books: acknowledged, died
 *                              └─ faults of the press     └─► ready, told: fleet.ts
 *
 * What boards do by themselves counts from when it was due, so that a busy machine does not change which presses are counted;
 * what they wait for of the network counts from now.
 */
import { COUNTER_PATH } from '../../cloud/protocol/paths.ts';
import { type Action, type BoardEvent, react, type Wake } from '../board/board.ts';
import { LOOP_MS } from '../board/button.ts';
import { JOIN_MS } from '../board/power.ts';
import { TICK_MS } from '../board/timer.ts';
import { step } from '../client/client.ts';
import type { ClientAction, ClientEvent } from '../client/events.ts';
import type { Books } from './books.ts';
import type { Chances } from './chances.ts';
import type { Clockwork } from './clockwork.ts';
import type { Lwm2mCounts } from './counts.ts';
import { Lines } from './lines.ts';
import { isObserved, type Lwm2mMember } from './member.ts';
import type { Wire } from './wire.ts';

export interface LifeParts {
  readonly speed: number;
  readonly isStream: boolean;
  readonly wire: Wire;
  readonly wall: () => number;
  readonly clockwork: Clockwork;
  readonly chances: Chances;
  readonly books: Books;
  readonly counts: Lwm2mCounts;
  readonly onSerial: ((endpoint: string, text: string) => void) | undefined;
  /** It is registered, and observed if it is to be; or it never will be. */
  readonly onReady: (member: Lwm2mMember) => void;
  /** Something happened to it: it may have told all that it holds. */
  readonly onStep: (member: Lwm2mMember) => void;
}

/** How long a board is without power when it reboots. */
const DOWN_MS = 1_000;
/** `wrap`: presses before the run. */
const WRAPPED = 65_530;
const [SILENCE_LEAST_MS, SILENCE_MS] = [20_000, 40_000];
/** A value must be told before the counter has gone all the way round; so many are withheld at most. */
const [LAST_SILENT_VALUE, MOST_WITHHELD] = [65_500, 100];
/** A board counts as ready although nobody observes it. */
const UNOBSERVED_MS = 2_000;

export class Life {
  readonly #parts: LifeParts;
  readonly #lines: Lines;

  constructor(parts: LifeParts) {
    this.#parts = parts;
    this.#lines = new Lines({ ...parts, step: (member, event) => this.#step(member, event) });
  }

  /** For the first time. */
  begin(member: Lwm2mMember, tickAfter: number): void {
    this.#powerUp(member, 0, tickAfter);
    if (this.#parts.chances.meets('wrap', member.index)) this.#wrap(member);
  }

  /** Its button goes down. */
  edge(member: Lwm2mMember): void {
    if (member.client.phase === 'crashed') this.#parts.counts.ignored += 1;
    else this.#follow(member, react(member.board, { kind: 'edge' }));
  }

  /** Its power goes, and comes again. */
  reset(member: Lwm2mMember): void {
    if (member.board.powered) this.#powerOff(member);
  }

  /** Its connection is cut. */
  cut(member: Lwm2mMember): void {
    this.#lines.cut(member);
  }

  /** What it withholds is told. */
  letGo(member: Lwm2mMember): void {
    if (member.isWithheld) this.#tell(member, COUNTER_PATH, String(member.board.counter));
  }

  #powerUp(member: Lwm2mMember, joinAfter: number, tickAfter: number): void {
    member.life += 1;
    member.pending.boot = Math.floor(this.#wallOfMoment());
    this.#follow(member, react(member.board, { kind: 'power-up', joinAfter, tickAfter }));
  }

  /** What is withheld is let go first, so that nothing dies by a fault of the simulator's own. */
  #powerOff(member: Lwm2mMember): void {
    const { counts, books, clockwork, speed } = this.#parts;
    counts.reboot += 1;
    this.letGo(member);
    this.#follow(member, react(member.board, { kind: 'power-off' }));
    this.#step(member, { kind: 'stop' });
    this.#lines.close(member, true);
    member.waiting.clear();
    member.silentUntil = 0;
    counts.untold -= member.pending.sum;
    books.died(member.endpoint, member.pending);
    member.life += 1;
    clockwork.later(member, DOWN_MS / speed, () => this.#powerUp(member, JOIN_MS, TICK_MS), clockwork.moment);
  }

  /** As if it had been pressed so often before the run. */
  #wrap(member: Lwm2mMember): void {
    const { counts, clockwork } = this.#parts;
    const { board, pending } = member;
    board.counter = WRAPPED;
    pending.presses.push({ at: pending.boot, value: WRAPPED, n: WRAPPED });
    counts.pressed += WRAPPED;
    counts.untold += WRAPPED;
    // Once its client runs, which begins with a reset.
    clockwork.later(member, 1, () => this.#tell(member, COUNTER_PATH, String(WRAPPED)));
  }

  #follow(member: Lwm2mMember, actions: readonly Action[]): void {
    const { counts } = this.#parts;
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
          counts.pressed += 1;
          counts.untold += 1;
          member.pending.presses.push({ at: this.#wallOfMoment() - LOOP_MS, value: action.value, n: 1 });
          break;
        case 'notify':
          if (action.path === COUNTER_PATH && this.#withholds(member)) member.isWithheld = true;
          else this.#tell(member, action.path, action.value);
          break;
        case 'ignore':
          counts.ignored += 1;
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

  #withholds({ index, board, pending }: Lwm2mMember): boolean {
    const drawn = this.#parts.chances.meets('coalesce', index);
    return drawn && board.counter <= LAST_SILENT_VALUE && pending.presses.length < MOST_WITHHELD;
  }

  /** Every fault is drawn once a press, whatever comes of it. */
  #afterPress(member: Lwm2mMember): void {
    const { chances, speed } = this.#parts;
    const { index } = member;
    const reboots = chances.meets('reboot', index);
    const disconnects = chances.meets('disconnect', index);
    const silences = chances.meets('silence', index);
    if (reboots) {
      this.#powerOff(member);
      return;
    }
    if (disconnects) this.#lines.cut(member);
    if (!silences) return;
    this.#lines.silence(member, (SILENCE_LEAST_MS + chances.much('silence', index) * SILENCE_MS) / speed);
  }

  #wakeBoard(member: Lwm2mMember, wake: Wake, after: number): void {
    // The main loop runs as fast as ever.
    const ms = wake === 'loop' ? after : after / this.#parts.speed;
    const { clockwork } = this.#parts;
    const happen = (): void => {
      if (member.client.phase !== 'crashed') this.#follow(member, react(member.board, { kind: wake } as BoardEvent));
    };
    clockwork.later(member, ms, happen, clockwork.moment);
  }

  #wallOfMoment(): number {
    const { wall, clockwork } = this.#parts;
    return wall() - (clockwork.now() - clockwork.moment);
  }

  #step(member: Lwm2mMember, event: ClientEvent): void {
    for (const action of step(member.client, event)) this.#carryOut(member, action, event);
    this.#parts.onStep(member);
  }

  #carryOut(member: Lwm2mMember, action: ClientAction, event: ClientEvent): void {
    const { counts, clockwork, onSerial, onReady } = this.#parts;
    switch (action.do) {
      case 'connect':
        this.#lines.connect(member);
        break;
      case 'close':
        this.#lines.close(member, false);
        break;
      case 'send':
        counts.sent += 1;
        if (event.kind === 'wake' && event.wake === 'resend') counts.retransmissions += 1;
        this.#lines.send(member, action.bytes);
        break;
      case 'wake': {
        const { wake, id, after } = action;
        clockwork.later(member, after, () => this.#step(member, { kind: 'wake', wake, id }));
        break;
      }
      case 'registered':
        counts.registrations += 1;
        member.wasRegistered = true;
        this.#follow(member, react(member.board, { kind: 'registered' }));
        if (!member.isReady) clockwork.later(member, UNOBSERVED_MS, () => onReady(member));
        break;
      case 'dead':
      case 'crashed':
        onReady(member);
        break;
      case 'notified':
      case 'answered':
      case 'acknowledged':
        if (action.path === COUNTER_PATH) this.#known(member, action);
        break;
      case 'dropped':
        counts.droppedValues += 1;
        member.waiting.delete(action.messageId);
        break;
      case 'serial':
        onSerial?.(member.endpoint, action.text);
        break;
      case 'led':
      case 'refused':
        break;
    }
  }

  /** What is known of the presses that a value of the counter tells of. */
  #known(
    member: Lwm2mMember,
    action: Extract<ClientAction, { readonly do: 'notified' | 'answered' | 'acknowledged' }>,
  ) {
    const { books, counts, onReady } = this.#parts;
    const { endpoint, pending, waiting } = member;
    const value = Number(action.value);
    if (action.do === 'notified') {
      waiting.set(action.messageId, false);
      pending.sent = Math.max(pending.sent, pending.toldBy(value));
    } else if (action.do === 'answered') {
      pending.answered = Math.max(pending.answered, pending.toldBy(value));
      member.wasObserved ||= isObserved(member);
      onReady(member);
    } else {
      const wentThere = waiting.get(action.messageId) === true;
      waiting.delete(action.messageId);
      // A service frees a board that is locked up by acknowledging what it never got, and reads it then.
      if (!wentThere) return;
      const before = pending.sum;
      books.acknowledge(endpoint, pending, value);
      counts.untold -= before - pending.sum;
    }
  }
}
