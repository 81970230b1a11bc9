/** What keys want of boards, as far as boards have to know: ../interests keeps it. */
import type { BoardResource } from './boards.ts';

export interface Interests {
  /** Paths of this board that at least one key wants. */
  pathsOf(endpoint: string): ReadonlySet<string>;
  /** Keys that get notifications of this path. */
  keysFor(endpoint: string, path: string): readonly string[];
  /** Keys that have a channel: told of registrations, updates and departures. */
  channelKeys(): readonly string[];
  /** A board registered: rules are matched against what it offers. */
  registered(board: {
    readonly endpoint: string;
    readonly type: string;
    readonly resources: readonly BoardResource[];
  }): void;
  /** It is not registered any more. */
  gone?(endpoint: string): void;
}
