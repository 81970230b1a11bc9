/**
 * A link: how what boards say leaves the simulator.
 *
 *   run ─ batch of events ─► link ─ messages, with the faults drawn for each ─► receiver
 *
 * The run decides when, and keeps the books; the link decides what a message is, where it goes and what acknowledges it.
 */
import type { BatchFaults } from '../faults.ts';
import type { Outgoing } from '../fleet/outgoing.ts';

export interface Link {
  /**
   * Checks that the other side is there and takes what boards will send; resolves to the number of messages that took.
   * UsageError for words that no link could follow, OutsideError SERVER for what the other side answered.
   */
  open(): Promise<number>;
  /** Sends the events until all are acknowledged: true. False when given up: `onAcknowledged` told which were. */
  deliver(batch: readonly Outgoing[], delivery: Delivery): Promise<boolean>;
  /** Ends what is open, in good order unless the run was abandoned. */
  close(): Promise<void>;
}

/** What a link needs of the run to deliver a batch. */
export interface Delivery {
  /** Events as the bytes of one message. */
  readonly encode: (events: readonly Outgoing[]) => Uint8Array;
  /** The faults of the message that begins with the event of this number. */
  readonly faultsOf: (sequence: number) => BatchFaults;
  /** Waits before the next attempt; false: there will be none. `timedOut`: the attempt itself took the whole timeout. */
  readonly pause: (ms: number, failed: { readonly timedOut: boolean }) => Promise<boolean>;
  /** Told the number of copies before they are sent. */
  readonly onRequests: (copies: number) => void;
  /** Told of each message at its first acknowledgement, before a redelivery. */
  readonly onAcknowledged: (events: readonly Outgoing[]) => void;
}
