/**
 * The connections of boards: made, cut, and silent for a while.
 *
 *   connect ─► opened, message …, closed      silent: over a stream what is sent comes later; a datagram is gone
 */
import type { ClientEvent, LinkError } from '../client/events.ts';
import type { Clockwork } from './clockwork.ts';
import type { Lwm2mCounts } from './counts.ts';
import type { Lwm2mMember } from './member.ts';
import type { Wire } from './wire.ts';

export interface LinesParts {
  readonly wire: Wire;
  readonly isStream: boolean;
  readonly clockwork: Clockwork;
  readonly counts: Lwm2mCounts;
  readonly step: (member: Lwm2mMember, event: ClientEvent) => void;
}

export class Lines {
  readonly #parts: LinesParts;

  constructor(parts: LinesParts) {
    this.#parts = parts;
  }

  connect(member: Lwm2mMember): void {
    const { wire, counts, step } = this.#parts;
    counts.connections += 1;
    this.close(member, true);
    const { life } = member;
    const isCurrent = (): boolean => life === member.life && member.connection === connection;
    const connection = wire.connect(member.endpoint, {
      opened: () => {
        if (isCurrent()) step(member, { kind: 'connected' });
      },
      message: (bytes) => {
        if (!isCurrent()) return;
        this.#through(member, () => {
          if (isCurrent()) step(member, { kind: 'message', bytes });
        });
      },
      closed: (error) => {
        if (isCurrent()) this.#ended(member, error);
      },
    });
    member.connection = connection;
  }

  send(member: Lwm2mMember, bytes: Uint8Array): void {
    const { connection, waiting } = member;
    const messageId = (bytes[2]! << 8) | bytes[3]!;
    if (isConfirmable(bytes) && waiting.has(messageId)) waiting.set(messageId, true);
    this.#through(member, () => connection?.send(bytes));
  }

  /** By the board itself, which is told nothing of it. */
  close(member: Lwm2mMember, abruptly: boolean): void {
    member.connection?.close(abruptly);
    forget(member);
  }

  /** The cable is pulled, and the board notices. */
  cut(member: Lwm2mMember): void {
    if (member.connection === undefined) return;
    this.#parts.counts.disconnect += 1;
    member.connection.close(true);
    this.#ended(member, 'network');
  }

  silence(member: Lwm2mMember, ms: number): void {
    const { clockwork, counts } = this.#parts;
    counts.silence += 1;
    member.silentUntil = Math.max(member.silentUntil, clockwork.now() + ms);
    clockwork.later(member, ms, () => {
      if (clockwork.now() >= member.silentUntil) this.#release(member);
    });
  }

  #through(member: Lwm2mMember, arrive: () => void): void {
    if (this.#parts.clockwork.now() >= member.silentUntil && member.held.length === 0) arrive();
    else if (this.#parts.isStream) member.held.push(arrive);
  }

  /** In their order, and what they lead to behind them; unless the connection ends on the way. */
  #release(member: Lwm2mMember): void {
    const { held } = member;
    while (member.held === held && held.length > 0) {
      held[0]!();
      held.shift();
    }
  }

  #ended(member: Lwm2mMember, error: LinkError): void {
    const { counts, step } = this.#parts;
    forget(member);
    counts.errors[error] = (counts.errors[error] ?? 0) + 1;
    step(member, { kind: 'closed', error });
  }
}

function forget(member: Lwm2mMember): void {
  member.connection = undefined;
  member.held = [];
  for (const messageId of member.waiting.keys()) member.waiting.set(messageId, false);
}

/** RFC 7252 §3: the type is the third and fourth bit. */
function isConfirmable(bytes: Uint8Array): boolean {
  return (bytes[0]! & 0x30) === 0;
}
