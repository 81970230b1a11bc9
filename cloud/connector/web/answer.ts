/** What the page's server says, shared with the browser. */

export interface BoardRow {
  readonly endpoint: string;
  readonly type: string;
  readonly transport: string;
  readonly peer: string | null;
  /** Milliseconds since 1970. */
  readonly registeredMs: number;
  readonly heardMs: number;
  readonly expiresMs: number;
  readonly boot: number | null;
  readonly trouble: string | null;
}

export interface ChannelRow {
  readonly name: string;
  readonly kind: string;
  readonly doing: string;
  readonly url: string | null;
  readonly waiting: number;
  readonly delivered: number;
  readonly superseded: number;
  readonly dropped: number;
  readonly expired: number;
  readonly lastError: { readonly atMs: number; readonly text: string } | null;
  readonly nextAttemptMs: number | null;
}

/** Answer of /page/api/overview. */
export interface Overview {
  readonly nowMs: number;
  readonly boards: readonly BoardRow[];
  /** Boards whose names match, and of them those before the first listed. */
  readonly matching: number;
  readonly from: number;
  readonly registered: number;
  readonly channels: readonly ChannelRow[];
}

export interface ResourceRow {
  readonly path: string;
  readonly name: string;
  readonly rt: string | null;
  readonly observable: boolean;
  /** The asker's key is told of it. */
  readonly subscribed: boolean;
  readonly value: string | null;
  readonly atMs: number | null;
}

/** Answer of /page/api/boards/{endpoint}. */
export interface BoardDetail {
  readonly nowMs: number;
  readonly board: BoardRow;
  readonly resources: readonly ResourceRow[];
}

/** Answer to a question to a board. */
export interface Asked {
  readonly status: number;
  readonly error: string | null;
  readonly value: string | null;
  readonly tookMs: number;
}
