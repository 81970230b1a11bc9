/**
 * Histories of a board and of the deliveries of its notifications, with the oracle: the presses that were carried, by
 * hour. Each mode leaves out exactly what the README's table says nobody can count in it.
 *
 *   boot   our connector's dialect: nothing is left out but gaps of 2^15 presses
 *   uid    uid and timestamp, no boot: a reboot is announced, and its first value is below the last
 *   plain  neither: as uid, and copies come only right after their original
 */
import fc from 'fast-check';
import { hourOf } from '../../../cloud/protocol/hour.ts';
import type {
  EndpointData,
  NotificationData,
  NotificationMessage,
  Stamp,
} from '../../../cloud/protocol/notification/message.ts';

export type Mode = 'boot' | 'uid' | 'plain';

export type Command =
  | { readonly do: 'press'; readonly times: number }
  | { readonly do: 'notify' | 'register' | 'reboot' | 'lost-registration' | 'deliver' | 'again' | 'both' }
  | { readonly do: 'late'; readonly back: number }
  | { readonly do: 'wait'; readonly ms: number };

/** One request, or two at once. */
export interface Delivery {
  readonly message: Partial<NotificationMessage>;
  readonly copies: 1 | 2;
}

export interface History {
  readonly deliveries: readonly Delivery[];
  /** Presses by hour, filed under the first event that carried them. */
  readonly hours: ReadonlyMap<string, number>;
}

const MODULUS = 65_536;
const START = Date.UTC(2026, 0, 5, 9, 30);

export const commands = (): fc.Arbitrary<Command[]> => fc.array(command, { minLength: 1, maxLength: 60, size: 'max' });

const simple = (word: 'notify' | 'register' | 'reboot' | 'lost-registration' | 'deliver' | 'again' | 'both') =>
  fc.constant({ do: word } as const);

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('press' as const), times: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('press' as const), times: fc.integer({ min: 1, max: 33_000 }) }),
  },
  { weight: 6, arbitrary: simple('notify') },
  { weight: 4, arbitrary: simple('deliver') },
  { weight: 2, arbitrary: simple('again') },
  { weight: 1, arbitrary: simple('both') },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('late' as const), back: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: simple('register') },
  { weight: 1, arbitrary: simple('reboot') },
  { weight: 1, arbitrary: simple('lost-registration') },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 5_000_000 }) }),
  },
);

/** Plays the commands; one that the mode rules out does nothing. */
export function play(mode: Mode, endpoint: string, startCount: number, todo: readonly Command[]): History {
  const board = new Played(mode, endpoint, startCount);
  for (const one of todo) board.do(one);
  board.finish();
  return { deliveries: board.deliveries, hours: board.hours };
}

interface Body {
  readonly registrations: EndpointData[];
  readonly notifications: NotificationData[];
  /** Presses of each boot when its oldest value here was sent. */
  readonly oldest: Map<number, number>;
}

const emptyBody = (): Body => ({ registrations: [], notifications: [], oldest: new Map() });

class Played {
  readonly deliveries: Delivery[] = [];
  readonly hours = new Map<string, number>();
  readonly #mode: Mode;
  readonly #endpoint: string;
  readonly #sent: Body[] = [];
  #body = emptyBody();
  #now = START;
  #boot = START - 2_000;
  #count: number;
  #carried = 0;
  #notified = false;
  /** Presses of each boot that its newest value told. */
  readonly #told = new Map<number, number>();
  /** Last value told, over all boots. */
  #last: number | undefined;
  #registrations = 0;
  #uids = 0;
  /** Without boot: what a value may be until the registration is settled. */
  #expect: 'any' | 'reboot' | 'no-wrap' = 'any';
  /** The board registered once more before the reboot's first value was told. */
  #unsettled = false;
  #wrappedInBody = false;

  constructor(mode: Mode, endpoint: string, startCount: number) {
    this.#mode = mode;
    this.#endpoint = endpoint;
    this.#count = startCount;
    this.#register();
  }

  do(command: Command): void {
    this.#now += 1;
    if (command.do === 'press') this.#press(command.times);
    else if (command.do === 'wait') this.#now += command.ms;
    else if (command.do === 'notify') this.#notify();
    else if (command.do === 'register') this.#register();
    else if (command.do === 'reboot') this.#reboot(true);
    else if (command.do === 'lost-registration') this.#reboot(false);
    else if (command.do === 'deliver') this.#deliver(1);
    else if (command.do === 'both') this.#deliver(2);
    else if (command.do === 'late') this.#copy(command.back);
    else this.#copy(1);
  }

  finish(): void {
    this.#deliver(1);
  }

  #press(times: number): void {
    // A gap of 2^15 presses cannot be told from an old value; a first value has 16 bits.
    const limit = this.#notified ? MODULUS / 2 - 1 : MODULUS - 1;
    if (this.#count + times - this.#carried <= limit) this.#count += times;
  }

  #notify(): void {
    const value = this.#count % MODULUS;
    if (this.#mode !== 'boot' && this.#last !== undefined) {
      if (this.#expect === 'reboot' && value >= this.#last) return;
      if (this.#expect === 'no-wrap' && value < this.#last) return;
      if (value < this.#last && this.#expect === 'any') this.#wrappedInBody = true;
      if (this.#expect === 'reboot') this.#expect = this.#unsettled ? 'no-wrap' : 'any';
      else if (this.#body.registrations.length === 0) this.#expect = 'any';
      this.#unsettled = false;
    }
    const hour = hourOf(this.#now);
    if (this.#count > this.#carried) this.hours.set(hour, (this.hours.get(hour) ?? 0) + this.#count - this.#carried);
    if (!this.#body.oldest.has(this.#boot)) this.#body.oldest.set(this.#boot, this.#count);
    this.#body.notifications.push({
      ep: this.#endpoint,
      path: '/3200/0/5501',
      ct: 'text/plain',
      payload: btoa(String(value)),
      ...this.#stamp(),
    });
    this.#carried = this.#count;
    this.#told.set(this.#boot, this.#count);
    this.#notified = true;
    this.#last = value;
  }

  #register(): void {
    if (this.#mode !== 'boot' && this.#wrappedInBody) return;
    this.#body.registrations.push(this.#registration());
    if (this.#expect === 'reboot') this.#unsettled = true;
    else if (this.#registrations > 1) this.#expect = 'no-wrap';
  }

  #reboot(announced: boolean): void {
    const told = this.#mode === 'boot' || (announced && this.#expect === 'any' && this.#settled());
    if (!told || this.#wrappedInBody) return;
    // What was pressed since the last notification dies with the boot: no one can count it.
    this.#now += 2_000;
    this.#boot = this.#now;
    [this.#count, this.#carried, this.#notified] = [0, 0, false];
    if (this.#mode !== 'boot') this.#expect = 'reboot';
    if (announced) {
      this.#body.registrations.push(this.#registration());
    }
  }

  /** Without boot, a first value of 0 cannot be told to be a reboot's. */
  #settled(): boolean {
    return this.#last !== undefined && this.#last > 0;
  }

  #deliver(copies: 1 | 2): void {
    if (this.#body.registrations.length + this.#body.notifications.length === 0) return;
    this.deliveries.push({ message: this.#body, copies });
    this.#sent.push(this.#body);
    this.#body = emptyBody();
    this.#wrappedInBody = false;
  }

  #copy(back: number): void {
    const body = this.#sent.at(-back);
    if (body === undefined || (this.#mode === 'plain' && back > 1)) return;
    const gap = body.oldest.entries().some(([boot, count]) => this.#told.get(boot)! - count >= MODULUS / 2);
    if (!gap) this.deliveries.push({ message: body, copies: 1 });
  }

  /** Each looks different: equal bodies of two boots are a row of the table. */
  #registration(): EndpointData {
    return { ep: this.#endpoint, ept: `test ${++this.#registrations}`, resources: [], ...this.#stamp() };
  }

  #stamp(): Stamp {
    if (this.#mode === 'plain') return {};
    const stamp = { uid: `${this.#endpoint}-${++this.#uids}`, timestamp: this.#now };
    return this.#mode === 'boot' ? { ...stamp, boot: this.#boot } : stamp;
  }
}
