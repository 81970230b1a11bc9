/** Boards as they register, and subscriptions over a file of their own. */
import type { BoardResource } from '../../../../cloud/connector/boards/boards.ts';
import type { KnownBoard } from '../../../../cloud/connector/interests/rule-match.ts';
import { Subscriptions, type SubscriptionsParts } from '../../../../cloud/connector/interests/subscriptions.ts';
import { type QueueFile, queueFile } from '../events/queue-files.ts';

export const BUTTON = '/3200/0/5501';

/** The board's own list, from mbed-os-example-client. */
const RESOURCES: readonly BoardResource[] = [
  { path: '/3200/0/5502', rt: 'Timer', obs: true },
  { path: '/1000/0/1', rt: 'BigData', obs: true },
  { path: '/3201/0/5850', rt: 'Blink', obs: false },
  { path: BUTTON, rt: 'Button', obs: true },
  { path: '/3/0', obs: false },
];

export function k64f(endpoint: string, type = 'test'): KnownBoard {
  return { endpoint, type, resources: RESOURCES };
}

export interface Subscribed extends AsyncDisposable {
  readonly file: QueueFile;
  /** Keys without a channel. */
  readonly resting: Set<string>;
  subscriptions: Subscriptions;
  restart(): void;
}

export async function subscribed(limits: NonNullable<SubscriptionsParts['limits']> = {}): Promise<Subscribed> {
  const file = await queueFile();
  const resting = new Set<string>();
  const open = () => {
    const { records } = file.events;
    return new Subscriptions({ records, channelKeys: () => ['k'], hasChannel: (key) => !resting.has(key), limits });
  };
  const made: Subscribed = {
    file,
    resting,
    subscriptions: open(),
    restart() {
      file.reopen();
      made.subscriptions = open();
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
  return made;
}
