/** What channels tell of themselves when something happens by itself. None of it holds a secret. */

/** Nobody has asked for its events, or was connected, for too long; or what is sent fails for too long. */
export type ChannelRemoval = 'idle' | 'failing';

export interface KindHooks {
  /** The channel is gone by itself, and with it so many events. */
  readonly onRemoved: (key: string, why: ChannelRemoval, events: number) => void;
  /** The connector's own file gives trouble, or a mistake of ours. */
  readonly onProblem: (key: string, problem: unknown) => void;
}
