/**
 * Which boot of a board it is that registers: the evidence, and what follows from it. Pure.
 *
 *   registration ─► likely the same, or likely a new one ─► the answer to observing again ─► settled
 *
 * A board's Message IDs go up by one and begin at random; its Observe numbers go up by one and begin at 0; both begin anew
 * with each boot and go on over reconnections and registrations (mbed-client-c sn_nsdl.c, mbed-client m2mbase.cpp). Where an
 * update named the registration it stands on, nothing was forgotten. A wrong guess costs presses either way: a new boot
 * taken for the same one loses what it pressed, the same one taken for new counts all of it again.
 */

/** A board that was out of reach for an hour sends about so many messages that nobody sees. */
const MESSAGE_ID_WINDOW = 64;
const MODULUS = 0x1_0000;

export type Likely = 'same' | 'new';

export interface AtRegistration {
  /** On this connection it sent an update of its registration, which was answered 4.04. */
  readonly updatedBefore: boolean;
  readonly messageId: number;
  /** The last Message ID of it that was seen; undefined: none. */
  readonly lastMessageId: number | undefined;
}

/** Before it is asked anything. */
export function likelyBoot({ updatedBefore, messageId, lastMessageId }: AtRegistration): Likely {
  if (updatedBefore) return 'same';
  if (lastMessageId === undefined) return 'new';
  if (isOverdue(lastMessageId, messageId)) return 'same';
  return ahead(lastMessageId, messageId) < MESSAGE_ID_WINDOW ? 'same' : 'new';
}

/** A little older than the last one: a board sends what was not acknowledged again, on its next connection as well. */
export function isOverdue(lastMessageId: number, messageId: number): boolean {
  const behind = ahead(messageId, lastMessageId);
  return behind > 0 && behind < MESSAGE_ID_WINDOW;
}

export interface ObserveAnswer {
  /** The number in the answer; undefined: it had none. */
  readonly observe: number | undefined;
  /** It answered the first copy of the request: a boot that is new cannot have sent a notification of it yet. */
  readonly isFirst: boolean;
  /** The value in the answer is the last one known. */
  readonly isSameValue: boolean;
}

/** `last` is the last Observe number seen of the boot before; undefined: none was. */
export function settleBoot(likely: Likely, last: number | undefined, answer: ObserveAnswer): Likely {
  const { observe, isFirst, isSameValue } = answer;
  if (observe === undefined) return likely;
  if (likely === 'new') return observe > 0 && isFirst ? 'same' : 'new';
  // One board in a thousand begins near the last Message ID by chance.
  if (last === undefined) return 'same';
  if (last === 0 && observe === 0) return isSameValue ? 'same' : 'new';
  return ahead(last, observe) < MODULUS / 2 && !(last > 0 && observe === 0 && isFirst && !isWrap(last))
    ? 'same'
    : 'new';
}

/** A board whose number was about to wrap may have come to 0 again. */
function isWrap(last: number): boolean {
  return last >= MODULUS - MESSAGE_ID_WINDOW;
}

function ahead(from: number, to: number): number {
  return (to - from + MODULUS) % MODULUS;
}
