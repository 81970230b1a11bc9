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
  /** Reboots that the registrations of the body being folded allow; 0 between bodies. Only without `boot`. */
  readonly reboots: number;
  /** A registration of an earlier body is not settled yet: the next value may be a reboot's. Only without `boot`. */
  readonly rebootNext: boolean;
  /** A registration was seen: the first value ever is then a whole count, not one press. */
  readonly registered: boolean;
  /** Timestamp of the newest value applied without `boot`; null before there was one. */
  readonly lastAt: number | null;
  /** Ids of the newest registrations, oldest first: each counts once. */
  readonly uids: readonly string[];
  /** Hash of the last body that held an event of this endpoint; null before the first. */
  readonly body: string | null;
  /** Values that added nothing, being no newer than what was counted. */
  readonly stale: number;
}

/** The state of an endpoint never heard of. */
export function newState(endpoint: string): EndpointState {
  return {
    endpoint,
    boots: [],
    reboots: 0,
    rebootNext: false,
    registered: false,
    lastAt: null,
    uids: [],
    body: null,
    stale: 0,
  };
}
