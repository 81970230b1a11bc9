/** What happens to a board's client, and what it wants done: the words between the machine and whoever has clock and socket. */

/** How the board reaches the service; `b=U` in its registration whichever it is. */
export type ClientTransport = 'udp' | 'tls' | 'tcp';

/** `credentials`: they cannot be used at all, which the board does not try again. */
export type LinkError = 'network' | 'dns' | 'secure' | 'credentials';

export type ClientWake = 'retry' | 'registration' | 'own-update' | 'resend' | 'blink';

export type ClientEvent =
  /** The board joined its network and registers: RAM is as it is after a reset. */
  | { readonly kind: 'start' }
  /** The power went. Nobody closes the connection: the service learns of it when it likes. */
  | { readonly kind: 'stop' }
  /** The connection that `connect` asked for is there, handshake included. */
  | { readonly kind: 'connected' }
  /** It could not be had, or ended. Never to be told of a connection that the client closed itself. */
  | { readonly kind: 'closed'; readonly error: LinkError }
  /** A datagram, a TLS record, or what a length before it framed (plain TCP). The bytes may be kept by the caller. */
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  /** The board's program set a resource: `/3200/0/5501`, decimal text. */
  | { readonly kind: 'changed'; readonly path: string; readonly value: string }
  /** Its main loop asks to update the registration. */
  | { readonly kind: 'update' }
  /** A press that it drops because it never registered in this boot. */
  | { readonly kind: 'ignored-press' }
  /** What `wake` asked for. One that is no longer wanted is ignored, so that none needs to be cancelled. */
  | { readonly kind: 'wake'; readonly wake: ClientWake; readonly id: number };

/** Why a value was not told, and will not be: the next value of the resource makes up for it. */
export type DropReason = 'queue-full' | 'unanswered' | 'reset';

/** Why bytes of the service came to nothing. */
export type RefusalReason =
  /** Fewer than four bytes, another version, or a code that mbed-coap does not have: dropped. */
  | 'not-coap'
  /** A message format error: reset. */
  | 'format'
  /** An option that it does not know, twice, or too long: reset. */
  | 'option'
  /** Longer than its buffer. */
  | 'too-long'
  /** Block1 or Block2: dropped without a word. */
  | 'block'
  /** An answer to nothing that it sent. */
  | 'unmatched'
  /** A registration answered 2.01 without saying where. */
  | 'no-location';

export interface ToldValue {
  readonly path: string;
  readonly value: string;
  readonly messageId: number;
}

export type ClientAction =
  | { readonly do: 'connect' }
  | { readonly do: 'close' }
  | { readonly do: 'send'; readonly bytes: Uint8Array }
  /** Send this back as an event after so many milliseconds. */
  | { readonly do: 'wake'; readonly wake: ClientWake; readonly id: number; readonly after: number }
  /** What the serial port says, line ends included; only where it was asked for. */
  | { readonly do: 'serial'; readonly text: string }
  /** The service took the registration, the first of this boot or another. */
  | { readonly do: 'registered' }
  /** The service refused it for good, or the credentials are of no use: nothing more until a reset. */
  | { readonly do: 'dead' }
  /** Hard fault: neither socket nor button is served until a reset. The connection stays as it is. */
  | { readonly do: 'crashed' }
  | { readonly do: 'led'; readonly on: boolean }
  /** A notification is in the resend queue, and was sent if there is a connection. */
  | ({ readonly do: 'notified' } & ToldValue)
  | ({ readonly do: 'acknowledged' } & ToldValue)
  | ({ readonly do: 'dropped'; readonly why: DropReason } & ToldValue)
  /** A changing resource was read: the answer is on its way, and nothing will tell whether it arrived. */
  | { readonly do: 'answered'; readonly path: string; readonly value: string }
  | { readonly do: 'refused'; readonly why: RefusalReason };

/** Where a step puts what it wants done, in order. */
export type Out = ClientAction[];
