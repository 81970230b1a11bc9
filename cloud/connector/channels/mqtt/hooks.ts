/** What MQTT channels tell, and ask, of whoever runs them. None of it holds a secret. */
import type { Attempt, AttemptFaults } from '../webhook/attempt.ts';

/** A message that is about to be published: `first`, `through` and `events` are those of its batch. */
export interface PublishAttempt extends Attempt {
  readonly topic: string;
}

export interface MqttHooks {
  /**
   * Faults to play between connector and broker: tests and simulations only. `lostAnswer`: the connection is cut when the
   * PUBACK arrives; `concurrent`: two copies are under way at once; `redeliver`: published again after its PUBACK.
   */
  readonly before?: (attempt: PublishAttempt) => AttemptFaults | undefined;
  /** There is no connection, and why. */
  readonly onLost?: (key: string, why: string) => void;
  /** Events were too large for the broker: passed over. */
  readonly onTooLarge?: (key: string, events: number) => void;
  /** The connector's own file gives trouble; it is tried again. */
  readonly onProblem?: (key: string, problem: unknown) => void;
}
