/** What is remembered of an endpoint, so that every press counts once. Plain JSON: every store keeps it as it is. */

/** The last counter value of one boot. */
export interface BootValue {
  /** Its beginning, milliseconds since 1970; null where values come without `boot`. */
  readonly boot: number | null;
  readonly last: number;
}

export interface EndpointState {
  readonly endpoint: string;
  /** The newest four, oldest first; `null` is older than any number. */
  readonly boots: readonly BootValue[];
  /** Bodies, the present one included, in which a value below `last` means a reboot (only without `boot`). */
  readonly rebootWindow: 0 | 1 | 2;
  /** A registration was seen: the first value ever is then a whole count, not one press. */
  readonly registered: boolean;
  /** Timestamp of the newest value applied without `boot`. */
  readonly lastAt?: number;
  /** Ids of the newest registrations, oldest first: each counts once. */
  readonly uids: readonly string[];
  /** Hash of the last body that held an event of this endpoint. */
  readonly body?: string;
  /** Values that added nothing, being no newer than what was counted. */
  readonly stale: number;
}

/** The state of an endpoint never heard of. */
export function newState(endpoint: string): EndpointState {
  return { endpoint, boots: [], rebootWindow: 0, registered: false, uids: [], stale: 0 };
}
