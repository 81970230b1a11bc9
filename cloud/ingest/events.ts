/** What counting is told: one board's registrations and counter values out of one body, in the order they count. */

/** A full registration: the board may have rebooted. */
export interface RegistrationEvent {
  readonly kind: 'registration';
  readonly boot?: number;
  readonly uid?: string;
  readonly timestamp?: number;
}

/** The counter was told. */
export interface ValueEvent {
  readonly kind: 'value';
  /** 0 to 65,535. */
  readonly value: number;
  readonly boot?: number;
  readonly uid?: string;
  /** Milliseconds since 1970, already found plausible; absent means the time of receipt. */
  readonly timestamp?: number;
}

export type CounterEvent = RegistrationEvent | ValueEvent;

/** Everything one body says of one endpoint: the unit that a store applies atomically. Registrations come first. */
export interface EndpointEvents {
  readonly endpoint: string;
  /** Hash of the body as received: the same body again is a redelivery. */
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly events: readonly CounterEvent[];
}
