/**
 * NotificationMessage: what mbed Device Connector, Pelion Device Management and our own connector send to a webhook.
 *
 *   { "notifications": [...], "registrations": [...], "reg-updates": [...], "de-registrations": [...],
 *     "registrations-expired": [...], "async-responses": [...] }
 *
 * Types only: decode.ts reads both eras' JSON into these, encode.ts writes them in a dialect. Names are the wire's, in
 * camel case. Sources: Connector-mDS-REST-API docs/api-reference.md (2017); Pelion OpenAPI of 29 April 2020.
 */

/** What an element may say of itself. The first three are Pelion's opt-ins; `boot` is ours. */
export interface Stamp {
  /** When the service received it, milliseconds since 1970. NaN: there was one, but it is no time. */
  readonly timestamp?: number;
  /** Message id, offered for duplicate detection. */
  readonly uid?: string;
  /** The name the device gave itself, where `ep` is a device id. */
  readonly originalEp?: string;
  /** Millisecond at which the board's present boot began: never decreasing; absent if that was not seen. */
  readonly boot?: number;
}

/** An observed resource sent a value. */
export interface NotificationData extends Stamp {
  readonly ep: string;
  /** With its leading slash: a resource, or an object or instance whose payload is TLV then. */
  readonly path: string;
  /** Media type as sent. */
  readonly ct?: string;
  /** Base64 as sent: see ../payload/value.ts. */
  readonly payload?: string;
  /** Seconds. */
  readonly maxAge?: number;
}

/** A registration, or its refresh. */
export interface EndpointData extends Stamp {
  readonly ep: string;
  readonly ept?: string;
  readonly q?: boolean;
  readonly resources: readonly ResourceData[];
}

export interface ResourceData {
  readonly path: string;
  readonly if?: string;
  /** Resource type: `rt` on the wire since 2018, `rf` before. */
  readonly rt?: string;
  readonly ct?: string;
  readonly obs?: boolean;
}

/** A board left, or its registration ran out: a string on the wire, an object where that was opted for. */
export interface Departure extends Stamp {
  readonly ep: string;
}

/** Outcome of an earlier 202. */
export interface AsyncResponse {
  readonly id: string;
  /** HTTP-like; 2xx is good. */
  readonly status: number;
  readonly error?: string;
  readonly ct?: string;
  readonly maxAge?: number;
  readonly payload?: string;
}

export interface NotificationMessage {
  readonly notifications: readonly NotificationData[];
  readonly registrations: readonly EndpointData[];
  readonly regUpdates: readonly EndpointData[];
  readonly deRegistrations: readonly Departure[];
  readonly registrationsExpired: readonly Departure[];
  readonly asyncResponses: readonly AsyncResponse[];
}

/** The six arrays by their names on the wire. */
export const WIRE_KEYS = {
  notifications: 'notifications',
  registrations: 'registrations',
  regUpdates: 'reg-updates',
  deRegistrations: 'de-registrations',
  registrationsExpired: 'registrations-expired',
  asyncResponses: 'async-responses',
} as const satisfies Record<keyof NotificationMessage, string>;

export type WireKey = (typeof WIRE_KEYS)[keyof NotificationMessage];

/** An element that could not be understood, kept as it came; its neighbours are not touched. */
export interface RefusedElement {
  readonly key: WireKey;
  readonly element: unknown;
  readonly reason: string;
}

export interface DecodedMessage {
  readonly message: NotificationMessage;
  /** `message.notifications` as they came, one by one: whoever cannot use one's value can keep it whole. */
  readonly notificationElements: readonly unknown[];
  readonly refused: readonly RefusedElement[];
}

/**
 * How a service spells the message.
 * - `connector`: ours: everything Pelion offers (uid, timestamp, departures as objects) and `boot`.
 * - `pelion`: Pelion Device Management with its opt-ins off: no uid, no timestamp, departures as strings.
 * - `mdc`: Device Connector of 2016: as pelion, `rf` for the resource type, `max-age` as a string.
 */
export type Dialect = 'connector' | 'pelion' | 'mdc';
export const DIALECTS: readonly Dialect[] = ['connector', 'pelion', 'mdc'];

/** What of its stamp an element is written with, and whether departures are objects, which alone have room for one. */
export interface Extras {
  readonly uid: boolean;
  readonly timestamp: boolean;
  readonly originalEp: boolean;
  readonly boot: boolean;
  readonly departuresAsObjects: boolean;
}
