/** Long polls over a queue of their own, in virtual time; what they tell is kept. */
import type { PollEvents, PollHow } from '../../../../../cloud/connector/channels/poll/answer.ts';
import { PollChannels } from '../../../../../cloud/connector/channels/poll/channels.ts';
import { CHANNEL_SETTINGS, type PollSettings } from '../../../../../cloud/connector/channels/settings.ts';
import type { Events } from '../../../../../cloud/connector/events/open.ts';
import { FOR_EVER, queueFile } from '../../events/queue-files.ts';
import type { VirtualTime } from '../../events/virtual-time.ts';

export interface Polling extends AsyncDisposable {
  readonly world: VirtualTime;
  events: Events;
  channels: PollChannels;
  readonly removed: string[];
  readonly problems: unknown[];
  restart(): void;
}

export async function polling(
  spoken: keyof typeof CHANNEL_SETTINGS = 'pelion',
  settings: Partial<PollSettings> = {},
): Promise<Polling> {
  const file = await queueFile();
  const [removed, problems]: [string[], unknown[]] = [[], []];
  const open = () =>
    new PollChannels({
      events: file.events,
      world: file.world,
      settings: { ...CHANNEL_SETTINGS[spoken].poll, ...settings },
      dialect: 'connector',
      hooks: {
        onRemoved: (key, why, events) => removed.push(`${key} ${why} ${events}`),
        onProblem: (_key, problem) => problems.push(problem),
      },
    });
  const made: Polling = {
    world: file.world,
    events: file.events,
    channels: open(),
    removed,
    problems,
    restart() {
      made.channels.close();
      made.events = file.reopen();
      made.channels = open();
    },
    async [Symbol.asyncDispose]() {
      made.channels.close();
      await turns();
      await file[Symbol.asyncDispose]();
    },
  };
  return made;
}

export const WAIT: PollHow = { noWait: false, signal: FOR_EVER };
export const NOW: PollHow = { noWait: true, signal: FOR_EVER };

/** What is under way with the disk is through. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A GET's events; anything else fails the test. */
export async function got(answer: ReturnType<PollChannels['poll']>): Promise<PollEvents & { readonly text: string }> {
  const events = await answer;
  if (events.status !== 200) throw new Error(`status ${events.status}`);
  return { ...events, text: new TextDecoder().decode(events.body) };
}
