/** A channel for people: what it does, how much waits, and what went wrong last. Nothing in it is secret. */
import type { QueueNumbers } from '../events/queue-numbers.ts';
import type { ChannelKind } from './channels.ts';

export interface ChannelState {
  readonly key: string;
  /** `none`: events wait, and no channel takes them. */
  readonly kind: ChannelKind | 'none';
  readonly doing: string;
  readonly queue: QueueNumbers | undefined;
  /** Milliseconds since 1970. */
  readonly sinceMs?: number;
  /** Without passwords and the values of its query. */
  readonly url?: string;
  readonly lastError?: { readonly atMs: number; readonly text: string };
  readonly lastSuccessMs?: number;
  /** When it tries again. */
  readonly nextAttemptMs?: number;
}

type Told = { readonly [K in keyof Omit<ChannelState, 'key' | 'kind' | 'queue'>]: ChannelState[K] | undefined };

/** None, if the channel is gone meanwhile. */
export function stateOf(
  key: string,
  kind: ChannelState['kind'],
  queue: QueueNumbers | undefined,
  told: Partial<Told> | undefined,
): ChannelState[] {
  if (told?.doing === undefined) return [];
  const { doing, sinceMs, url, lastError, lastSuccessMs, nextAttemptMs } = told;
  return [
    {
      ...{ key, kind, doing, queue },
      ...(sinceMs === undefined ? {} : { sinceMs }),
      ...(url === undefined ? {} : { url }),
      ...(lastError === undefined ? {} : { lastError }),
      ...(lastSuccessMs === undefined ? {} : { lastSuccessMs }),
      ...(nextAttemptMs === undefined ? {} : { nextAttemptMs }),
    },
  ];
}
