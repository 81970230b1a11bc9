/** What a receiver got, as the account that it keeps: which events, in which order, how often. */
import { decodeNotification } from '../../../../../cloud/protocol/notification/decode.ts';

export class Deliveries {
  /** Names, in the order in which they came first. */
  readonly first: string[] = [];
  repeated = 0;
  /** Ids of events that came in two bodies that were not the same. */
  readonly torn = new Set<string>();
  readonly #bodies = new Map<string, string>();

  /** A body whose elements are departures. */
  take(body: string): void {
    for (const { ep, uid } of decodeNotification(new TextEncoder().encode(body)).message.deRegistrations) {
      const before = this.#bodies.get(uid!);
      if (before === undefined) {
        this.#bodies.set(uid!, body);
        this.first.push(ep);
      } else {
        this.repeated += 1;
        if (before !== body) this.torn.add(uid!);
      }
    }
  }
}
