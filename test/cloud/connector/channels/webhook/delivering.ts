/** A connector's webhooks over a queue of their own, in virtual time; what they tell is kept. */
import { WebhookChannels, type WebhookOptions } from '../../../../../cloud/connector/channels/webhook/channels.ts';
import type { Attempted, ChannelHooks, Removal } from '../../../../../cloud/connector/channels/webhook/hooks.ts';
import type { Events, EventsOptions } from '../../../../../cloud/connector/events/open.ts';
import { decodeNotification } from '../../../../../cloud/protocol/notification/decode.ts';
import { queueFile } from '../../events/queue-files.ts';
import type { VirtualTime } from '../../events/virtual-time.ts';
import { until } from './receiver.ts';

export interface Delivering extends AsyncDisposable {
  readonly world: VirtualTime;
  readonly path: string;
  events: Events;
  channels: WebhookChannels;
  readonly attempts: Attempted[];
  readonly removed: { readonly key: string; readonly why: Removal; readonly events: number }[];
  readonly problems: unknown[];
  /** Closed, and opened again. */
  restart(): Promise<void>;
  /** Lets each wait pass until there were so many attempts in all, or there is no channel left. */
  attemptsAre(many: number): Promise<void>;
}

export async function delivering(
  settings: WebhookOptions['settings'] = {},
  more: Pick<ChannelHooks, 'before'> & Pick<WebhookOptions, 'ca' | 'lookup'> & Pick<EventsOptions, 'limitsOf'> = {},
): Promise<Delivering> {
  const { before, limitsOf, ...options } = more;
  const file = await queueFile(limitsOf === undefined ? {} : { limitsOf });
  const [attempts, removed, problems]: [Attempted[], Delivering['removed'], unknown[]] = [[], [], []];
  const hooks: ChannelHooks = {
    ...(before === undefined ? {} : { before }),
    onAttempt: (attempted) => attempts.push(attempted),
    onRemoved: (key, why, events) => removed.push({ key, why, events }),
    onProblem: (_key, problem) => problems.push(problem),
  };
  const open = () => new WebhookChannels({ events: file.events, world: file.world, settings, hooks, ...options });
  const made: Delivering = {
    world: file.world,
    path: file.path,
    events: file.events,
    channels: open(),
    attempts,
    removed,
    problems,
    async restart() {
      await closed(made);
      made.events = file.reopen();
      made.channels = open();
    },
    async attemptsAre(many) {
      const states = () => made.channels.states();
      while (attempts.length < many && states().length > 0) {
        const before = attempts.length;
        const waits = states().flatMap(({ nextAttemptMs }) => nextAttemptMs ?? []);
        if (waits.length > 0) await file.world.pass(Math.max(0, Math.min(...waits) - file.world.wall()));
        const isWaiting = () => states().some(({ doing }) => doing === 'waiting to try again');
        await until(() => attempts.length > before || isWaiting() || states().length === 0);
      }
      await until(() => states().every(({ doing }) => doing !== 'sending'));
    },
    async [Symbol.asyncDispose]() {
      await closed(made);
      await file[Symbol.asyncDispose]();
    },
  };
  return made;
}

/** What is under way is given up when the grace is over, so time has to pass. */
async function closed({ channels, world }: Delivering): Promise<void> {
  let isClosed = false;
  const closing = channels.close().then(() => {
    isClosed = true;
  });
  for (let turn = 0; turn < 100 && !isClosed; turn++) await new Promise((resolve) => setImmediate(resolve));
  if (!isClosed) await world.pass(2_000);
  await closing;
}

/** Names or values, in the order of a body. */
export function values(body: string): string[] {
  const { notifications, registrations } = decodeNotification(new TextEncoder().encode(body)).message;
  return [
    ...registrations.map(({ ep }) => ep),
    ...notifications.map(({ ep, payload }) => `${ep} ${atob(payload ?? '')}`),
  ];
}
