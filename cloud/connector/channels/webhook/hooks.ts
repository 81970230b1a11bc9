/** What a webhook's channel tells, and asks, of whoever runs it. None of it holds a header's value. */
import type { Answer } from './answer.ts';
import type { BeforeAttempt } from './attempt.ts';

export type Removal = 'failing' | 'idle';

/** What came of an attempt. */
export interface Attempted {
  readonly key: string;
  readonly events: number;
  readonly bytes: number;
  readonly answer: Answer;
  readonly tookMs: number;
  /** Until the next one; undefined: it was acknowledged, or there will be none. */
  readonly waitMs: number | undefined;
}

export interface ChannelHooks {
  /** Faults to play between connector and receiver: tests and simulations only. */
  readonly before?: BeforeAttempt;
  readonly onAttempt?: (attempted: Attempted) => void;
  /** The channel is gone by itself, and with it so many events. */
  readonly onRemoved?: (key: string, why: Removal, events: number) => void;
  /** The connector's own file gives trouble; it is tried again. */
  readonly onProblem?: (key: string, error: unknown) => void;
}
