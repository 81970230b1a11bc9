/**
 * The failure queue: says that something was set aside, why, and under which key it lies. People read it, and an alarm.
 *
 * Notices may come twice, and remain when what they tell of was dropped. Each cloud has its own queue.
 */

/** What was set aside: a NotificationMessage or a part of one, a stream record, or a datum that a sink never takes. */
export type AsideKind = 'notification' | 'record' | 'datum';

export interface Notice {
  readonly kind: AsideKind;
  readonly reason: string;
  readonly bucket: string;
  /** The object's key. */
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
}

export interface FailureQueue {
  /** Sends them all; rejects with StoreError STORE_DOWN if one could not be sent. */
  tell(notices: readonly Notice[]): Promise<void>;
}
