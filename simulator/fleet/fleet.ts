/**
 * A fleet of boards in virtual time: discrete events, no clock, no socket.
 *
 *   presses (schedule) ─┐
 *   wakes (timeline) ───┴─► board ─► actions ─► emit(registration | update | value)
 *
 * Virtual time is milliseconds since the run began. The same options give the same events, however `advance` is called.
 * The registration is answered at once: a link that can lose it needs another fleet.
 */
import { COUNTER_PATH } from '../../cloud/protocol/paths.ts';
import type { Random } from '../../cloud/protocol/random.ts';
import { type Action, type BoardEvent, react, type Wake } from '../board/board.ts';
import { LOOP_MS } from '../board/button.ts';
import { JOIN_MS } from '../board/power.ts';
import { TICK_MS } from '../board/timer.ts';
import type { Faults } from '../faults.ts';
import type { Press } from '../schedule/schedule.ts';
import { type Member, newMember, withholds } from './member.ts';
import { type Outgoing, type OutgoingValue, type Presses, together } from './outgoing.ts';
import { Timeline } from './timeline.ts';

export interface FleetParts {
  readonly boards: number;
  readonly random: Random;
  readonly faults: Faults;
  /** What it returns at its end is when the run ends, milliseconds. */
  readonly presses: Iterator<Press, number, undefined>;
  readonly emit: (item: Outgoing) => void;
  /** Told of presses that no value can carry any more: their board rebooted. */
  readonly died: (lost: Untold) => void;
}

/** Presses of one boot that no value carried. */
export interface Untold {
  readonly board: number;
  readonly boot: number;
  readonly presses: Presses;
}

interface Due {
  readonly index: number;
  readonly life: number;
  readonly event: BoardEvent | { readonly kind: 'reboot' };
}

/** All boards are on just before the run begins, and ask to register at 0. */
const FIRST_BOOT = -1;
/** How long a board is without power when it reboots. */
const DOWN_MS = 1_000;
/** The main loop handles the last press; one more, as `advance` stops short of its end. */
const SETTLE_MS = LOOP_MS + 1;
/** Presses of a wrapped board before the run. */
const WRAPPED = 65_530;

const WAKES = { join: { kind: 'join' }, loop: { kind: 'loop' }, tick: { kind: 'tick' } } as const;

export class Fleet {
  readonly #parts: FleetParts;
  readonly #members: Member[];
  readonly #timeline = new Timeline<Due>();
  #press: Press | undefined;
  #at = FIRST_BOOT;
  #sequence = 0;
  #endsAt: number | undefined;
  #ignored = 0;

  constructor(parts: FleetParts) {
    this.#parts = parts;
    this.#members = Array.from({ length: parts.boards }, (_, index) => newMember(index, parts.faults, parts.random));
    const phases = parts.random.fork('tick-phase');
    for (const index of this.#members.keys()) {
      // They were not all switched on in the same millisecond: ticks are spread.
      this.#powerUp(index, { joinAfter: -FIRST_BOOT, tickAfter: 1 + phases.int(TICK_MS) });
      this.#wrap(this.#members[index]!);
    }
    this.#nextPress();
  }

  /** Edges that no board will ever count. */
  get ignored(): number {
    return this.#ignored;
  }

  /** When the fleet falls silent: Infinity while that is not known. */
  get endsAt(): number {
    return this.#endsAt ?? Number.POSITIVE_INFINITY;
  }

  /** When the next thing happens. */
  get nextAt(): number {
    return Math.min(this.#timeline.nextAt, this.#press?.at ?? Number.POSITIVE_INFINITY);
  }

  /** Lives through everything before `to`. Nothing happens from `endsAt` on. */
  advance(to: number): void {
    for (;;) {
      const pressAt = this.#press?.at ?? Number.POSITIVE_INFINITY;
      const next = Math.min(this.#timeline.nextAt, pressAt);
      if (!(next < Math.min(to, this.endsAt))) break;
      this.#at = next;
      // A press and a wake of the same moment: the wake was due first.
      if (pressAt < this.#timeline.nextAt) this.#edge(this.#press!);
      else this.#wake(this.#timeline.take()!.what);
    }
    this.#at = Math.max(this.#at, Math.min(to, this.endsAt));
  }

  /** No more presses; those already made are handled if `advance` is called up to `endsAt`. */
  stop(): void {
    this.#press = undefined;
    this.#endsAt = Math.min(this.endsAt, Math.max(this.#at, 0) + SETTLE_MS);
  }

  /** Tells what every board withholds; false if none did. */
  letGo(): boolean {
    const withholding = [...this.#members.keys()].filter((index) => this.#members[index]!.withheld.length > 0);
    for (const index of withholding) this.#tell(index);
    return withholding.length > 0;
  }

  /** What is withheld all the same: a full queue threw it away, and it is too late to tell it again. */
  *untold(): Generator<Untold, void, undefined> {
    for (const [board, { boot, withheld }] of this.#members.entries()) {
      for (const presses of withheld) yield { board, boot, presses };
    }
  }

  /** A value was thrown away before it was sent: the next of the same boot carries its presses, or none ever will. */
  thrownAway(item: OutgoingValue): void {
    if (item.presses.length === 0) return;
    const presses = together(item.presses);
    const member = this.#members[item.board]!;
    if (item.next?.boot === item.boot) item.next.presses = [presses, ...item.next.presses];
    else if (member.boot === item.boot && member.board.powered) member.withheld = [presses, ...member.withheld];
    else this.#parts.died({ board: item.board, boot: item.boot, presses });
  }

  #nextPress(): void {
    const step = this.#parts.presses.next();
    this.#press = step.done === true ? undefined : step.value;
    if (step.done === true) this.#endsAt = step.value + SETTLE_MS;
  }

  #edge(press: Press): void {
    this.#apply(press.board, react(this.#members[press.board]!.board, { kind: 'edge' }));
    this.#nextPress();
  }

  #wake({ index, life, event }: Due): void {
    if (this.#members[index]!.life !== life) return;
    if (event.kind === 'reboot') this.#powerUp(index, { joinAfter: JOIN_MS, tickAfter: TICK_MS });
    else this.#apply(index, react(this.#members[index]!.board, event));
  }

  #powerUp(index: number, times: { readonly joinAfter: number; readonly tickAfter: number }): void {
    const member = this.#members[index]!;
    member.life += 1;
    member.boot = Math.floor(this.#at);
    member.told = false;
    this.#apply(index, react(member.board, { kind: 'power-up', ...times }));
  }

  #wrap(member: Member): void {
    if (!member.wraps) return;
    member.board.counter = WRAPPED;
    member.withheld = [{ at: member.boot, value: WRAPPED, n: WRAPPED }];
  }

  #apply(index: number, actions: readonly Action[]): void {
    const member = this.#members[index]!;
    let pressed = false;
    for (const action of actions) {
      switch (action.do) {
        case 'wake':
          this.#later(index, action.after, WAKES[action.wake satisfies Wake]);
          break;
        case 'register':
          this.#parts.emit({ ...this.#stamp(index), kind: 'registration' });
          this.#apply(index, react(member.board, { kind: 'registered' }));
          break;
        case 'update':
          this.#parts.emit({ ...this.#stamp(index), kind: 'update' });
          break;
        case 'press':
          pressed = true;
          member.withheld.push({ at: this.#at - LOOP_MS, value: action.value, n: 1 });
          break;
        case 'notify':
          if (action.path !== COUNTER_PATH) this.#parts.emit(this.#value(index, action.path, action.value));
          else if (!withholds(member)) this.#tell(index);
          break;
        case 'ignore':
          this.#ignored += 1;
          break;
      }
    }
    if (pressed && member.reboots?.() === true) this.#powerOff(index);
  }

  /** What is withheld is let go first, so that nothing dies by a fault of the simulator's own. */
  #powerOff(index: number): void {
    const member = this.#members[index]!;
    if (member.withheld.length > 0) this.#tell(index);
    this.#apply(index, react(member.board, { kind: 'power-off' }));
    member.life += 1;
    this.#later(index, DOWN_MS, { kind: 'reboot' });
  }

  #tell(index: number): void {
    const member = this.#members[index]!;
    const item = this.#value(index, COUNTER_PATH, String(member.board.counter), member.withheld);
    if (member.lastTold !== undefined) member.lastTold.next = item;
    [member.lastTold, member.withheld, member.told] = [item, [], true];
    // Only now: to make room for it, the one before may be thrown away.
    this.#parts.emit(item);
  }

  #value(index: number, path: string, value: string, presses: readonly Presses[] = []): OutgoingValue {
    return { ...this.#stamp(index), kind: 'value', path, value, presses, next: undefined };
  }

  #later(index: number, after: number, event: Due['event']): void {
    this.#timeline.add(this.#at + after, { index, life: this.#members[index]!.life, event });
  }

  #stamp(index: number): { sequence: number; board: number; at: number; boot: number } {
    return { sequence: this.#sequence++, board: index, at: Math.floor(this.#at), boot: this.#members[index]!.boot };
  }
}
